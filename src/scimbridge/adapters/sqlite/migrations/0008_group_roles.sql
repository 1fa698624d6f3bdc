-- What a linked group is there: "" a group, "realm" a realm role, else a role of the client with that client id. A link
-- of another kind than the realm's setting says leads to what the group was before.

ALTER TABLE link ADD COLUMN group_roles TEXT NOT NULL DEFAULT '';

UPDATE link SET group_roles = coalesce(
    (SELECT json_extract(settings, '$.keycloak.groupRoles') FROM realm WHERE realm.id = link.realm), ''
) WHERE type = 'Group';
