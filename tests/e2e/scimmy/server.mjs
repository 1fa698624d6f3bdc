// SCIMMY as a server: users and groups in memory, its own PATCH, filters and projection behind Node's HTTP server.
// Environment: SCIM_TOKEN; SCIM_PATCH "no" says that there is no PATCH. Prints its base URL, then serves until it is stopped.
import {randomUUID} from "node:crypto";
import {createServer} from "node:http";
import SCIMMY from "scimmy";

const {User, Group} = SCIMMY.Resources;
const SCIM_ERROR = "urn:ietf:params:scim:api:messages:2.0:Error";

function store(naming) {
    const rows = new Map();
    const find = (id) => {
        if (!rows.has(id)) throw new SCIMMY.Types.Error(404, null, `Resource ${id} not found`);
        return rows.get(id);
    };
    return {
        ingress(resource, instance) {
            const before = resource.id === undefined ? undefined : find(resource.id);
            const id = resource.id ?? randomUUID();
            const taken = [...rows].some(([key, row]) => (
                key !== id && row[naming].toLowerCase() === instance[naming].toLowerCase()
            ));
            if (taken) throw new SCIMMY.Types.Error(409, "uniqueness", `${naming} is taken`);
            const now = new Date().toISOString();
            const meta = {created: before?.meta.created ?? now, lastModified: now};
            rows.set(id, {...JSON.parse(JSON.stringify(instance)), id, meta});
            return rows.get(id);
        },
        egress(resource) {
            if (resource.id !== undefined) return find(resource.id);
            return resource.filter ? resource.filter.match([...rows.values()]) : [...rows.values()];
        },
        degress(resource) {
            find(resource.id);
            rows.delete(resource.id);
        },
    };
}

function declare(Resource, naming) {
    const {ingress, egress, degress} = store(naming);
    SCIMMY.Resources.declare(Resource).ingress(ingress).egress(egress).degress(degress);
}

SCIMMY.Config.set({patch: process.env.SCIM_PATCH !== "no"});
User.extend(SCIMMY.Schemas.EnterpriseUser, false);
declare(User, "userName");
declare(Group, "displayName");

async function answer(request, body) {
    if (request.headers.authorization !== `Bearer ${process.env.SCIM_TOKEN}`) {
        throw new SCIMMY.Types.Error(401, null, "The token is not known");
    }
    const url = new URL(request.url, "http://scimmy");
    const [, kind, id] = url.pathname.split("/").map(decodeURIComponent);
    const query = Object.fromEntries(url.searchParams);
    for (const name of ["startIndex", "count"]) if (name in query) query[name] = Number(query[name]);
    if (kind === "ServiceProviderConfig") return [200, await new SCIMMY.Resources.ServiceProviderConfig(query).read()];
    const Resource = {Users: User, Groups: Group}[kind];
    if (!Resource) throw new SCIMMY.Types.Error(404, null, "No such endpoint");
    switch (request.method) {
        case "GET": return [200, await new Resource(id ?? query, id && query).read()];
        case "POST": return [201, await new Resource(query).write(body)];
        case "PUT": return [200, await new Resource(id, query).write(body)];
        case "PATCH": {
            if (process.env.SCIM_PATCH === "no") throw new SCIMMY.Types.Error(405, null, "No PATCH here");
            const patched = await new Resource(id, query).patch(body);
            return [patched ? 200 : 204, patched];
        }
        case "DELETE": return [204, await new Resource(id).dispose()];
        default: throw new SCIMMY.Types.Error(405, null, "No such method");
    }
}

const server = createServer(async (request, response) => {
    let text = "";
    for await (const piece of request) text += piece;
    let status, body;
    try {
        [status, body] = await answer(request, text ? JSON.parse(text) : undefined);
    } catch (error) {
        status = Number(error.status ?? 500);
        body = {schemas: [SCIM_ERROR], status: String(status), scimType: error.scimType, detail: error.message};
    }
    response.writeHead(status, {"Content-Type": "application/scim+json"});
    response.end(status === 204 ? undefined : JSON.stringify(body));
});
server.listen(0, "127.0.0.1", () => console.log(`http://127.0.0.1:${server.address().port}`));
