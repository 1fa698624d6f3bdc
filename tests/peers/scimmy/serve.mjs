// SCIMMY with scimmy-routers over maps in memory: node serve.mjs PORT TOKEN
import {randomUUID} from "node:crypto";
import express from "express";
import SCIMMY from "scimmy";
import SCIMMYRouters from "scimmy-routers";

const [port, token] = process.argv.slice(2);

// One handler for both types: what SCIMMY has understood is kept as it is, names are unique without regard to case.
function declare(type, name) {
    const kept = new Map();
    type.ingress((resource, data) => {
        const id = resource.id ?? randomUUID();
        if (resource.id && !kept.has(id)) throw new SCIMMY.Types.Error(404, null, `Resource ${id} not found`);
        const taken = [...kept].some(([other, {[name]: known}]) => other !== id && known?.toLowerCase() === data[name]?.toLowerCase());
        if (taken) throw new SCIMMY.Types.Error(409, "uniqueness", `${name} is taken`);
        const now = new Date().toISOString();
        const created = kept.get(id)?.meta.created ?? now;
        const {password, ...stored} = JSON.parse(JSON.stringify(data));
        kept.set(id, {...stored, id, meta: {created, lastModified: now}});
        return structuredClone(kept.get(id));
    });
    type.egress((resource) => {
        // A filter is the handler's to apply, SCIMMY's documentation says; it brings what applies it.
        if (!resource.id) return structuredClone(resource.filter ? resource.filter.match([...kept.values()]) : [...kept.values()]);
        if (!kept.has(resource.id)) throw new SCIMMY.Types.Error(404, null, `Resource ${resource.id} not found`);
        return structuredClone(kept.get(resource.id));
    });
    type.degress((resource) => {
        if (!kept.delete(resource.id)) throw new SCIMMY.Types.Error(404, null, `Resource ${resource.id} not found`);
    });
    SCIMMY.Resources.declare(type);
}

SCIMMY.Resources.User.extend(SCIMMY.Schemas.EnterpriseUser, false);
declare(SCIMMY.Resources.User, "userName");
declare(SCIMMY.Resources.Group, "displayName");

const app = express();
app.use("/scim/v2", new SCIMMYRouters({
    type: "bearer",
    handler: (request) => {
        if (request.header("Authorization") !== `Bearer ${token}`) throw new Error("The token is not good");
        return "judge";
    },
}));
app.listen(Number(port), "127.0.0.1");
