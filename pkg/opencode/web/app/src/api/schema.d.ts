// Made of opencoded's OpenAPI by test/web.sh types. DO NOT EDIT.

export interface paths {
    "/agent": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List the agents */
        get: operations["get-agent"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/agent": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List the agents */
        get: operations["get-api-agent"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/command": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List the commands */
        get: operations["get-api-command"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/event": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Follow what happens, as server-sent events */
        get: operations["get-api-event"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/fs/find": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List nothing */
        get: operations["get-api-fs-find"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/fs/list": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List nothing */
        get: operations["get-api-fs-list"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/health": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Tell that the server runs */
        get: operations["get-api-health"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/integration": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List nothing */
        get: operations["get-api-integration"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/location": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Tell where the server works */
        get: operations["get-api-location"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/model": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List the models */
        get: operations["get-api-model"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/permission/request": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List the requests that wait for the caller */
        get: operations["get-api-permission-request"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/permission/saved": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List nothing: what was allowed is a session's */
        get: operations["get-api-permission-saved"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/provider": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List where models are */
        get: operations["get-api-provider"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/provider/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Read where models are */
        get: operations["get-api-provider-id"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/pty": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List nothing */
        get: operations["get-api-pty"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/question/request": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List nothing */
        get: operations["get-api-question-request"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/reference": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List nothing */
        get: operations["get-api-reference"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/session": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List sessions */
        get: operations["get-api-session"];
        put?: never;
        /** Make a session */
        post: operations["post-api-session"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/session/active": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List the sessions in which a turn runs */
        get: operations["get-api-session-active"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/session/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Read a session */
        get: operations["get-api-session-id"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/session/{id}/agent": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Choose the agent of a session */
        post: operations["post-api-session-id-agent"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/session/{id}/compact": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Sum up what was said, to make room */
        post: operations["post-api-session-id-compact"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/session/{id}/context": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List what was said since the last summary, with it */
        get: operations["get-api-session-id-context"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/session/{id}/interrupt": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** End the turn that runs */
        post: operations["post-api-session-id-interrupt"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/session/{id}/message": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List what was said */
        get: operations["get-api-session-id-message"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/session/{id}/message/{message}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Read a message */
        get: operations["get-api-session-id-message-message"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/session/{id}/model": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Choose the model of a session */
        post: operations["post-api-session-id-model"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/session/{id}/permission": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List the requests that wait for the caller */
        get: operations["get-api-session-id-permission"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/session/{id}/permission/{permission}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Read a request */
        get: operations["get-api-session-id-permission-permission"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/session/{id}/permission/{permission}/reply": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Answer a request */
        post: operations["post-api-session-id-permission-permission-reply"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/session/{id}/prompt": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Ask; the answer comes as events */
        post: operations["post-api-session-id-prompt"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/session/{id}/question": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List no questions */
        get: operations["get-api-session-id-question"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/session/{id}/revert/clear": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Bring back what was taken back */
        post: operations["post-api-session-id-revert-clear"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/session/{id}/revert/commit": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Remove for good what was taken back */
        post: operations["post-api-session-id-revert-commit"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/session/{id}/revert/stage": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Take a session back to before a message */
        post: operations["post-api-session-id-revert-stage"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/session/{id}/wait": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Wait until no turn runs */
        post: operations["post-api-session-id-wait"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/skill": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List nothing */
        get: operations["get-api-skill"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/command": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List the commands */
        get: operations["get-command"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/config": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Read the configuration */
        get: operations["get-config"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        /** Choose the model and the agent of one's sessions to come */
        patch: operations["patch-config"];
        trace?: never;
    };
    "/config/providers": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List the models */
        get: operations["get-config-providers"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/event": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Follow what happens, as server-sent events */
        get: operations["get-event"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/experimental/capabilities": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Tell what clients may offer */
        get: operations["get-experimental-capabilities"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/experimental/console": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Tell of no organization */
        get: operations["get-experimental-console"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/experimental/console/orgs": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List no organizations */
        get: operations["get-experimental-console-orgs"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/experimental/resource": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List no resources */
        get: operations["get-experimental-resource"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/experimental/session": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List sessions with their project */
        get: operations["get-experimental-session"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/experimental/session/{id}/background": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Tell that sub-agents are waited for */
        post: operations["post-experimental-session-id-background"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/experimental/tool": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List the tools */
        get: operations["get-experimental-tool"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/experimental/tool/ids": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List the names of the tools */
        get: operations["get-experimental-tool-ids"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/experimental/workspace": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List nothing */
        get: operations["get-experimental-workspace"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/experimental/workspace/adapter": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List nothing */
        get: operations["get-experimental-workspace-adapter"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/experimental/workspace/status": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List nothing */
        get: operations["get-experimental-workspace-status"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/experimental/workspace/sync-list": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Look for no workspaces */
        post: operations["post-experimental-workspace-sync-list"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/experimental/worktree": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List nothing */
        get: operations["get-experimental-worktree"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/file": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List nothing */
        get: operations["get-file"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/file/status": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List nothing */
        get: operations["get-file-status"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/find": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List nothing */
        get: operations["get-find"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/find/file": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List nothing */
        get: operations["get-find-file"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/find/symbol": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List nothing */
        get: operations["get-find-symbol"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/formatter": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List nothing */
        get: operations["get-formatter"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/global/config": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Read the configuration */
        get: operations["get-global-config"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        /** Choose the model and the agent of one's sessions to come */
        patch: operations["patch-global-config"];
        trace?: never;
    };
    "/global/dispose": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** End nothing */
        post: operations["post-global-dispose"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/global/event": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Follow what happens, with where it does */
        get: operations["get-global-event"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/global/health": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Tell the version */
        get: operations["get-global-health"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/global/upgrade": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Tell who upgrades */
        post: operations["post-global-upgrade"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/healthz": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Tell that the server runs */
        get: operations["get-healthz"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/instance/dispose": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** End nothing */
        post: operations["post-instance-dispose"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/log": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Write to no log */
        post: operations["post-log"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/lsp": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List nothing */
        get: operations["get-lsp"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/mcp": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Tell how the MCP servers are */
        get: operations["get-mcp"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/mcp/{name}/connect": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Use an MCP server in one's own turns again */
        post: operations["post-mcp-name-connect"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/mcp/{name}/disconnect": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Use an MCP server in one's own turns no longer */
        post: operations["post-mcp-name-disconnect"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/panther/probe": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Ask each model a short question */
        post: operations["post-panther-probe"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/panther/status": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Tell how the server is */
        get: operations["get-panther-status"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/panther/v1/conversations": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List the caller's conversations, or those whose title or text has the words of q */
        get: operations["get-panther-v1-conversations"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/panther/v1/conversations/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** Delete a conversation; restore takes that back for a while */
        delete: operations["delete-panther-v1-conversations-id"];
        options?: never;
        head?: never;
        /** Rename or pin a conversation */
        patch: operations["patch-panther-v1-conversations-id"];
        trace?: never;
    };
    "/panther/v1/conversations/{id}/restore": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Take the deletion of a conversation back */
        post: operations["post-panther-v1-conversations-id-restore"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/panther/v1/document": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Read a stored document */
        get: operations["get-panther-v1-document"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/panther/v1/logins": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List the caller's browsers that were let in; root's list has all */
        get: operations["get-panther-v1-logins"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/panther/v1/logins/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** End a login and what it is doing */
        delete: operations["delete-panther-v1-logins-id"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/panther/v1/memories": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List the caller's memories, newest first */
        get: operations["get-panther-v1-memories"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/panther/v1/memories/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** Forget a memory for good */
        delete: operations["delete-panther-v1-memories-id"];
        options?: never;
        head?: never;
        /** Correct a memory; one that waits is confirmed by it */
        patch: operations["patch-panther-v1-memories-id"];
        trace?: never;
    };
    "/panther/v1/memories/{id}/confirm": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Keep a memory that waits for a person's word */
        post: operations["post-panther-v1-memories-id-confirm"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/panther/v1/memories/{id}/restore": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Recall a memory again that was superseded, merged or laid aside */
        post: operations["post-panther-v1-memories-id-restore"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/panther/v1/models": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List the configured models */
        get: operations["get-panther-v1-models"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/panther/v1/models/test": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Ask a model a question of a few tokens */
        post: operations["post-panther-v1-models-test"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/panther/v1/overview": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Tell what is known, and what to do next */
        get: operations["get-panther-v1-overview"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/panther/v1/search": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Find passages; the query may have "phrases", not:WORD, source:NAME, version:17, lang:TAG and after:DATE */
        get: operations["get-panther-v1-search"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/panther/v1/share": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Take what a share sheet sends, as a form, and lead to the page that adds it */
        post: operations["post-panther-v1-share"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/panther/v1/sources": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List the sources with what they are doing */
        get: operations["get-panther-v1-sources"];
        put?: never;
        /** Look at a place, and add it as a source */
        post: operations["post-panther-v1-sources"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/panther/v1/sources/{name}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Read a source with its settings and last runs */
        get: operations["get-panther-v1-sources-name"];
        put?: never;
        post?: never;
        /** Remove a source with its documents */
        delete: operations["delete-panther-v1-sources-name"];
        options?: never;
        head?: never;
        /** Change settings of a source; enabled pauses its schedule */
        patch: operations["patch-panther-v1-sources-name"];
        trace?: never;
    };
    "/panther/v1/sources/{name}/crawl": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Visit a source now */
        post: operations["post-panther-v1-sources-name-crawl"];
        /** Interrupt the visit of a source; the next one goes on where it was */
        delete: operations["delete-panther-v1-sources-name-crawl"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/panther/v1/sources/{name}/pages": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List what became of the pages of a run */
        get: operations["get-panther-v1-sources-name-pages"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/panther/v1/sources/{name}/runs": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List the runs of a source, newest first */
        get: operations["get-panther-v1-sources-name-runs"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/panther/v1/spend": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Tell what the caller's conversations have cost, by day and model */
        get: operations["get-panther-v1-spend"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/panther/v1/system": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Tell what Panther runs on: units, disks, the database, secrets by name */
        get: operations["get-panther-v1-system"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/panther/v1/system/doctor": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Find what is wrong and say what to do, as panther doctor does */
        get: operations["get-panther-v1-system-doctor"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/panther/v1/system/journal": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Read the last lines of a unit, for root and the group that may */
        get: operations["get-panther-v1-system-journal"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/panther/v1/uploads": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Keep a file, which is the body, as part of a source; visit that when all are there */
        post: operations["post-panther-v1-uploads"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/path": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Tell where the server works */
        get: operations["get-path"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/permission": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List the requests that wait for the caller */
        get: operations["get-permission"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/permission/{id}/reply": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Answer a request */
        post: operations["post-permission-id-reply"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/project": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List the projects */
        get: operations["get-project"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/project/current": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Read the project */
        get: operations["get-project-current"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/project/{id}/directories": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List nothing */
        get: operations["get-project-id-directories"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/provider": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List the models */
        get: operations["get-provider"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/provider/auth": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List no ways to sign in */
        get: operations["get-provider-auth"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/pty": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List nothing */
        get: operations["get-pty"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/pty/shells": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List nothing */
        get: operations["get-pty-shells"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/question": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List the questions that wait for the caller */
        get: operations["get-question"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/readyz": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Tell whether agentdb can be used */
        get: operations["get-readyz"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/session": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List sessions, newest first */
        get: operations["get-session"];
        put?: never;
        /** Make a session */
        post: operations["post-session"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/session/status": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List the sessions in which something runs */
        get: operations["get-session-status"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/session/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Read a session */
        get: operations["get-session-id"];
        put?: never;
        post?: never;
        /** Delete a session, its children and all that was said */
        delete: operations["delete-session-id"];
        options?: never;
        head?: never;
        /** Change a session */
        patch: operations["patch-session-id"];
        trace?: never;
    };
    "/session/{id}/abort": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** End the turn that runs */
        post: operations["post-session-id-abort"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/session/{id}/children": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List the sessions of a session's sub-agents */
        get: operations["get-session-id-children"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/session/{id}/command": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Ask by a command, and wait for the answer */
        post: operations["post-session-id-command"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/session/{id}/diff": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List nothing */
        get: operations["get-session-id-diff"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/session/{id}/export": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Read a session with all that was said */
        get: operations["get-session-id-export"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/session/{id}/fork": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Copy a session up to a message */
        post: operations["post-session-id-fork"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/session/{id}/message": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List what was said, oldest first */
        get: operations["get-session-id-message"];
        put?: never;
        /** Ask, and wait for the answer */
        post: operations["post-session-id-message"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/session/{id}/message/{message}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Read a message */
        get: operations["get-session-id-message-message"];
        put?: never;
        post?: never;
        /** Delete a message */
        delete: operations["delete-session-id-message-message"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/session/{id}/message/{message}/feedback": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Say whether an answer was good: search then goes on finding its page */
        post: operations["post-session-id-message-message-feedback"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/session/{id}/message/{message}/part/{part}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** Delete a part of a message */
        delete: operations["delete-session-id-message-message-part-part"];
        options?: never;
        head?: never;
        /** Change the text of a part */
        patch: operations["patch-session-id-message-message-part-part"];
        trace?: never;
    };
    "/session/{id}/permissions/{permission}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Answer a request, by its older name */
        post: operations["post-session-id-permissions-permission"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/session/{id}/prompt_async": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Ask; the answer comes as events */
        post: operations["post-session-id-prompt-async"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/session/{id}/revert": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Take a session back to before a message */
        post: operations["post-session-id-revert"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/session/{id}/share": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Refuse: sessions are not shared */
        post: operations["post-session-id-share"];
        /** Read the session, which is not shared */
        delete: operations["delete-session-id-share"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/session/{id}/shell": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Be told that there is no shell */
        post: operations["post-session-id-shell"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/session/{id}/summarize": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Sum up what was said, to make room */
        post: operations["post-session-id-summarize"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/session/{id}/todo": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List nothing */
        get: operations["get-session-id-todo"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/session/{id}/unrevert": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Bring back what was taken back */
        post: operations["post-session-id-unrevert"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/skill": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List nothing */
        get: operations["get-skill"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/sync/history": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** List nothing */
        post: operations["post-sync-history"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/sync/start": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Follow no workspaces */
        post: operations["post-sync-start"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/tui/append-prompt": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Add to what the person types */
        post: operations["post-tui-append-prompt"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/tui/clear-prompt": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Have terminal interfaces do prompt.clear */
        post: operations["post-tui-clear-prompt"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/tui/execute-command": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Have terminal interfaces do something */
        post: operations["post-tui-execute-command"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/tui/open-help": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Have terminal interfaces do help.show */
        post: operations["post-tui-open-help"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/tui/open-models": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Have terminal interfaces do model.list */
        post: operations["post-tui-open-models"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/tui/open-sessions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Have terminal interfaces do session.list */
        post: operations["post-tui-open-sessions"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/tui/open-themes": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Have terminal interfaces do theme.switch */
        post: operations["post-tui-open-themes"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/tui/publish": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Tell terminal interfaces something */
        post: operations["post-tui-publish"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/tui/select-session": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Have terminal interfaces show a session */
        post: operations["post-tui-select-session"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/tui/show-toast": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Have terminal interfaces show a short message */
        post: operations["post-tui-show-toast"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/tui/submit-prompt": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Have terminal interfaces do prompt.submit */
        post: operations["post-tui-submit-prompt"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/chat/completions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Answer a conversation */
        post: operations["post-v1-chat-completions"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/models": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List the agents and the models behind them */
        get: operations["get-v1-models"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/models/{id...}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Describe an agent or a model */
        get: operations["get-v1-models-id"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/responses": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Answer a conversation, which may be gone on with */
        post: operations["post-v1-responses"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/responses/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Read a response */
        get: operations["get-v1-responses-id"];
        put?: never;
        post?: never;
        /** Forget a response */
        delete: operations["delete-v1-responses-id"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/vcs": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Tell that there is no version control */
        get: operations["get-vcs"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/vcs/diff": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List nothing */
        get: operations["get-vcs-diff"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/vcs/status": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List nothing */
        get: operations["get-vcs-status"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        AddSource: {
            name?: string;
            schedule?: string;
            tags?: string[];
            version?: string;
            versions?: string;
            allow_private?: boolean;
            code?: boolean;
            dry_run?: boolean;
            crawl?: boolean;
        };
        AddedSource: {
            source: components["schemas"]["ControlSource"];
            samples: components["schemas"]["ControlSample"][];
            note?: string;
            exists: boolean;
            added: boolean;
        };
        Agent: {
            name: string;
            description?: string;
            mode: string;
            native: boolean;
            hidden?: boolean;
            temperature?: number;
            topP?: number;
            permission: components["schemas"]["PermissionRule"][];
            model?: components["schemas"]["ModelRef"];
            prompt?: string;
            options: {
                [key: string]: unknown;
            };
            steps?: number;
        };
        CacheCost: {
            read: number;
            write: number;
        };
        CacheUsage: {
            read: number;
            write: number;
        };
        Capabilities: {
            temperature: boolean;
            reasoning: boolean;
            attachment: boolean;
            toolcall: boolean;
            input: components["schemas"]["Media"];
            output: components["schemas"]["Media"];
            interleaved: boolean;
        };
        Check: {
            name: string;
            verdict: string;
            reason: string;
            hint?: string;
        };
        Checkup: {
            checks: components["schemas"]["Check"][];
            problems: number;
            warnings: number;
        };
        Command: {
            name: string;
            description?: string;
            agent?: string;
            source?: string;
            template: string;
            subtask?: boolean;
            hints: string[];
        };
        Config: {
            $schema: string;
            username: string;
            share: string;
            autoupdate: boolean;
            model: string;
            default_agent: string;
            agent: {
                [key: string]: unknown;
            };
            mode: {
                [key: string]: unknown;
            };
            command: {
                [key: string]: unknown;
            };
            plugin: string[];
        };
        Console: {
            consoleManagedProviders: string[];
            switchableOrgCount: number;
        };
        ControlChange: {
            schedule?: string;
            tags?: string[];
            version?: string;
            versions?: string;
            include?: string[];
            exclude?: string[];
            render?: string;
            ref?: string;
            max_pages?: number;
            max_removed?: number;
            allow_private?: boolean;
            indices?: boolean;
            ocr?: boolean;
            code?: boolean;
            enabled?: boolean;
        };
        ControlProgress: {
            source: string;
            phase?: string;
            done: number;
            known: number;
            counts: {
                [key: string]: number;
            };
            rate?: number;
            eta_seconds?: number;
            finished?: boolean;
            waiting?: string;
            error?: string;
            seconds: number;
            warnings?: string[];
            skipped?: {
                [key: string]: number;
            };
        };
        ControlSample: {
            title: string;
            uri: string;
        };
        ControlSettings: {
            schedule?: string;
            tags?: string[];
            version?: string;
            versions?: string;
            include?: string[];
            exclude?: string[];
            render?: string;
            ref?: string;
            max_pages?: number;
            max_removed?: number;
            allow_private?: boolean;
            indices?: boolean;
            ocr?: boolean;
            code?: boolean;
            enabled: boolean;
        };
        ControlSource: {
            name: string;
            kind: string;
            location: string;
            settings: components["schemas"]["ControlSettings"];
            table: string;
            file: string;
            editable: boolean;
        };
        Conversation: {
            id: string;
            title: string;
            created: string;
            updated: string;
            pinned: boolean;
            running: boolean;
            cost: number;
            deleted?: string;
            message?: string;
            excerpt?: string;
        };
        ConversationList: {
            conversations: components["schemas"]["Conversation"][];
            next?: string;
        };
        CreateSession: {
            parentID?: string;
            title?: string;
            agent?: string;
            model?: components["schemas"]["SessionModel"];
            metadata?: unknown;
            permission?: components["schemas"]["PermissionRule"][];
        };
        DeletedConversation: {
            id: string;
            until: string;
        };
        Disk: {
            path: string;
            free: number;
            total: number;
        };
        DocumentHeading: {
            level: number;
            title: string;
            anchor: string;
            offset: number;
        };
        DocumentPassage: {
            id: string;
            anchor?: string;
            start: number;
            end: number;
        };
        DocumentVersion: {
            version: string;
            uri: string;
            title: string;
            fetched?: string;
        };
        DocumentView: {
            uri: string;
            link?: string;
            source: string;
            kind?: string;
            title: string;
            markdown: string;
            language?: string;
            version?: string;
            tags?: string[];
            fetched?: string;
            published?: string;
            modified?: string;
            deleted?: string;
            headings: components["schemas"]["DocumentHeading"][];
            passages: components["schemas"]["DocumentPassage"][];
            versions: components["schemas"]["DocumentVersion"][];
            passage?: string;
            truncated?: boolean;
        };
        EditConversation: {
            title?: string;
            pinned?: boolean;
        };
        EditMemory: {
            text: string;
        };
        Embedding: {
            done: number;
            total: number;
            eta_seconds?: number;
            space?: string;
            problem?: string;
        };
        Event: {
            id: string;
            type: string;
            properties: unknown;
        };
        Export: {
            info: components["schemas"]["Session"];
            messages: components["schemas"]["MessageWithParts"][];
            children: components["schemas"]["ExportedChild"][];
        };
        ExportedChild: {
            info: components["schemas"]["Session"];
            messages: components["schemas"]["MessageWithParts"][];
        };
        Facet: {
            name: string;
            values: components["schemas"]["FacetValue"][];
        };
        FacetValue: {
            value: string;
            label: string;
            count: number;
        };
        Features: {
            backgroundSubagents: boolean;
        };
        Feedback: {
            good: boolean;
        };
        FeedbackGiven: {
            canary?: string;
            question: string;
            page?: string;
        };
        Fork: {
            messageID?: string;
        };
        GlobalEvent: {
            directory: string;
            payload: components["schemas"]["Event"];
        };
        GlobalSession: {
            id: string;
            slug: string;
            projectID: string;
            directory: string;
            parentID?: string;
            owner?: string;
            title: string;
            version: string;
            agent?: string;
            model?: components["schemas"]["SessionModel"];
            cost: number;
            tokens: components["schemas"]["Tokens"];
            permission?: components["schemas"]["PermissionRule"][];
            metadata?: unknown;
            revert?: components["schemas"]["Revert"];
            pinned?: boolean;
            time: components["schemas"]["SessionTime"];
            Project: components["schemas"]["ProjectSummary"];
        };
        Health: {
            healthy: boolean;
            version: string;
        };
        Journal: {
            unit: string;
            lines: components["schemas"]["JournalLine"][];
            note?: string;
            hint?: string;
        };
        JournalLine: {
            time: string;
            priority: number;
            text: string;
        };
        KnowledgeEdition: {
            version: string;
            link: string;
            differs?: boolean;
        };
        KnowledgeLeg: {
            rank: number;
            score: number;
        };
        KnowledgePageOutcome: {
            uri: string;
            outcome: string;
            status?: number;
            reason?: string;
            millis?: number;
        };
        KnowledgeProvenance: {
            origin: string;
            by?: string;
            session?: string;
            turn?: string;
            uri?: string;
            read?: string[];
            confirmed?: string;
        };
        KnowledgeRun: {
            id: string;
            source: string;
            started: string;
            finished?: string;
            status: string;
            counts?: {
                [key: string]: number;
            };
            bytes?: number;
            warnings?: string[];
            skipped?: {
                [key: string]: number;
            };
            error?: string;
        };
        KnowledgeScope: {
            user?: string;
            agent?: string;
            session?: string;
        };
        KnowledgeSpace: {
            id: string;
            provider: string;
            model: string;
            dimensions: number;
            active: boolean;
            embedded: number;
            pending: number;
            rate?: number;
            eta_seconds?: number;
            error?: string;
            held?: string;
        };
        KnowledgeStats: {
            version: string;
            store: string;
            engine: string;
            documents: number;
            chunks: number;
            pending: number;
            memories: number;
            sessions: number;
            bytes: number;
            searches: number;
            canaries: number;
            canaries_lost: number;
            spaces: components["schemas"]["KnowledgeSpace"][];
            lexical?: string;
        };
        Login: {
            id: string;
            owner: string;
            remote: boolean;
            browser: string;
            created: string;
            expires: string;
        };
        LoginList: {
            logins: components["schemas"]["Login"][];
        };
        MCPStatus: {
            status: string;
            error?: string;
        };
        Media: {
            text: boolean;
            audio: boolean;
            image: boolean;
            video: boolean;
            pdf: boolean;
        };
        MemoryList: {
            memories: components["schemas"]["MemoryView"][];
        };
        MemoryView: {
            id?: string;
            kind: string;
            text: string;
            outcome?: string;
            critique?: string;
            reward?: number;
            body?: string;
            owner?: string;
            scope?: components["schemas"]["KnowledgeScope"];
            provenance: components["schemas"]["KnowledgeProvenance"];
            supersedes?: string;
            superseded_by?: string;
            pinned?: boolean;
            created?: string;
            useful?: number;
            strength?: number;
            from: string;
            why?: string;
        };
        Message: {
            id: string;
            sessionID: string;
            role: string;
            time: components["schemas"]["MessageTime"];
            agent?: string;
            model?: components["schemas"]["ModelRef"];
            tools?: {
                [key: string]: boolean;
            };
            parentID?: string;
            providerID?: string;
            modelID?: string;
            mode?: string;
            path?: components["schemas"]["MessagePath"];
            summary?: unknown;
            cost?: number;
            tokens?: components["schemas"]["Tokens"];
            finish?: string;
            error?: components["schemas"]["NamedError"];
            system?: string;
        };
        MessagePath: {
            cwd: string;
            root: string;
        };
        MessageTime: {
            created: number;
            completed?: number;
        };
        MessageWithParts: {
            info: components["schemas"]["Message"];
            parts: components["schemas"]["Part"][];
        };
        Model: {
            id: string;
            providerID: string;
            name: string;
            status: string;
            api: components["schemas"]["ModelAPI"];
            capabilities: components["schemas"]["Capabilities"];
            cost: components["schemas"]["ModelCost"];
            limit: components["schemas"]["ModelLimit"];
            options: {
                [key: string]: unknown;
            };
            headers: {
                [key: string]: string;
            };
            release_date: string;
        };
        ModelAPI: {
            id: string;
            url: string;
            npm: string;
        };
        ModelCost: {
            input: number;
            output: number;
            cache: components["schemas"]["CacheCost"];
        };
        ModelLimit: {
            context: number;
            output: number;
        };
        ModelList: {
            models: components["schemas"]["ModelState"][];
            model?: string;
            hint?: string;
        };
        ModelRef: {
            providerID: string;
            modelID: string;
        };
        ModelState: {
            id: string;
            name: string;
            context: number;
            output?: number;
            cost: components["schemas"]["ModelCost"];
            images?: boolean;
            pdfs?: boolean;
        };
        ModelTest: {
            model: string;
            ok: boolean;
            millis: number;
            answer?: string;
            tokens: components["schemas"]["Tokens"];
            cost: number;
            error?: string;
            hint?: string;
        };
        NamedError: {
            name: string;
            data: {
                [key: string]: unknown;
            };
        };
        NextStep: {
            kind: string;
            text: string;
            hint?: string;
        };
        OpenaiAnnotation: {
            type: string;
            url_citation: components["schemas"]["OpenaiUrlCitation"];
        };
        OpenaiAnswer: {
            role: string;
            content: string;
            tool_calls?: components["schemas"]["OpenaiToolCall"][];
            annotations?: components["schemas"]["OpenaiAnnotation"][];
        };
        OpenaiCalledByName: {
            name: string;
            arguments: string;
        };
        OpenaiChatFormat: {
            type: string;
            json_schema: components["schemas"]["OpenaiFormatSchema"];
        };
        OpenaiChatMessage: {
            role: string;
            content: unknown;
            tool_call_id?: string;
            tool_calls?: components["schemas"]["OpenaiToolCall"][];
        };
        OpenaiChatRequest: {
            model: string;
            stream?: boolean;
            messages: components["schemas"]["OpenaiChatMessage"][];
            stream_options?: {
                include_usage?: boolean;
            };
            tools?: components["schemas"]["OpenaiChatTool"][];
            tool_choice?: unknown;
            response_format?: components["schemas"]["OpenaiChatFormat"];
            max_tokens?: number;
            max_completion_tokens?: number;
            temperature?: number;
            top_p?: number;
            stop?: unknown;
            reasoning_effort?: string;
            knowledge?: boolean;
            n?: number;
            frequency_penalty?: number;
            presence_penalty?: number;
            logit_bias?: {
                [key: string]: unknown;
            };
            logprobs?: unknown;
            top_logprobs?: number;
            modalities?: string[];
            audio?: unknown;
            functions?: unknown;
            function_call?: unknown;
            web_search_options?: unknown;
            parallel_tool_calls?: boolean;
        };
        OpenaiChatTool: {
            type: string;
            function: components["schemas"]["OpenaiFunction"];
        };
        OpenaiChoice: {
            index: number;
            message?: components["schemas"]["OpenaiAnswer"];
            delta?: components["schemas"]["OpenaiDelta"];
            finish_reason: string;
        };
        OpenaiCompletion: {
            id: string;
            object: string;
            created: number;
            model: string;
            choices: components["schemas"]["OpenaiChoice"][];
            usage?: components["schemas"]["OpenaiUsage"];
        };
        OpenaiDelta: {
            role?: string;
            content?: string;
            tool_calls?: components["schemas"]["OpenaiToolCall"][];
            annotations?: components["schemas"]["OpenaiAnnotation"][];
        };
        OpenaiForgotten: {
            id: string;
            object: string;
            deleted: boolean;
        };
        OpenaiFormatSchema: {
            name: string;
            schema: unknown;
            strict: boolean;
        };
        OpenaiFunction: {
            name: string;
            description?: string;
            parameters?: unknown;
            strict?: boolean;
        };
        OpenaiIncomplete: {
            reason: string;
        };
        OpenaiInputDetails: {
            cached_tokens: number;
        };
        OpenaiModel: {
            id: string;
            object: string;
            created: number;
            owned_by: string;
        };
        OpenaiModels: {
            object: string;
            data: components["schemas"]["OpenaiModel"][];
        };
        OpenaiOutputDetails: {
            reasoning_tokens: number;
        };
        OpenaiOutputItem: {
            type: string;
            id: string;
            status: string;
            role?: string;
            content?: components["schemas"]["OpenaiOutputText"][];
            call_id?: string;
            name?: string;
            arguments?: string;
        };
        OpenaiOutputText: {
            type: string;
            text: string;
            annotations: components["schemas"]["OpenaiResponseAnnotation"][];
            logprobs: unknown[];
        };
        OpenaiReasoning: {
            effort?: string;
        };
        OpenaiResponse: {
            id: string;
            object: string;
            created_at: number;
            status: string;
            error: components["schemas"]["OpenaiResponseError"];
            incomplete_details: components["schemas"]["OpenaiIncomplete"];
            instructions: string;
            max_output_tokens: number;
            model: string;
            output: components["schemas"]["OpenaiOutputItem"][];
            parallel_tool_calls: boolean;
            previous_response_id: string;
            store: boolean;
            temperature: number;
            top_p: number;
            tool_choice: unknown;
            tools: unknown[];
            usage: components["schemas"]["OpenaiResponseUsage"];
            metadata: {
                [key: string]: unknown;
            };
        };
        OpenaiResponseAnnotation: {
            type: string;
            start_index: number;
            end_index: number;
            url: string;
            title: string;
        };
        OpenaiResponseError: {
            code: string;
            message: string;
        };
        OpenaiResponseRequest: {
            model: string;
            input: unknown;
            instructions?: unknown;
            stream?: boolean;
            previous_response_id?: string;
            store?: boolean;
            background?: boolean;
            conversation?: unknown;
            prompt?: unknown;
            truncation?: string;
            max_output_tokens?: number;
            temperature?: number;
            top_p?: number;
            metadata?: {
                [key: string]: unknown;
            };
            reasoning?: components["schemas"]["OpenaiReasoning"];
            text?: components["schemas"]["OpenaiTextOptions"];
            tools?: components["schemas"]["OpenaiResponseTool"][];
            tool_choice?: unknown;
            knowledge?: boolean;
            n?: number;
            frequency_penalty?: number;
            presence_penalty?: number;
            logit_bias?: {
                [key: string]: unknown;
            };
            logprobs?: unknown;
            top_logprobs?: number;
            modalities?: string[];
            audio?: unknown;
            functions?: unknown;
            function_call?: unknown;
            web_search_options?: unknown;
            parallel_tool_calls?: boolean;
        };
        OpenaiResponseTool: {
            type: string;
            name: string;
            description?: string;
            parameters?: unknown;
            strict?: boolean;
        };
        OpenaiResponseUsage: {
            input_tokens: number;
            input_tokens_details: components["schemas"]["OpenaiInputDetails"];
            output_tokens: number;
            output_tokens_details: components["schemas"]["OpenaiOutputDetails"];
            total_tokens: number;
        };
        OpenaiTextFormat: {
            type: string;
            name: string;
            schema: unknown;
            strict: boolean;
        };
        OpenaiTextOptions: {
            format: components["schemas"]["OpenaiTextFormat"];
        };
        OpenaiToolCall: {
            index?: number;
            id: string;
            type: string;
            function: components["schemas"]["OpenaiCalledByName"];
        };
        OpenaiUrlCitation: {
            start_index: number;
            end_index: number;
            url: string;
            title: string;
        };
        OpenaiUsage: {
            prompt_tokens: number;
            completion_tokens: number;
            total_tokens: number;
        };
        Organizations: {
            orgs: Record<string, never>[];
        };
        Overview: {
            documents: number;
            passages: number;
            sources: number;
            last_read?: string;
            failed: number;
            crawling: string[];
            embedding: components["schemas"]["Embedding"];
            model?: string;
            starters: components["schemas"]["Starter"][];
            next?: components["schemas"]["NextStep"];
            waiting: number;
            mode: string;
            you: string;
            name?: string;
            operator: boolean;
        };
        PageList: {
            run?: string;
            counts: {
                [key: string]: number;
            };
            pages: components["schemas"]["KnowledgePageOutcome"][];
            next?: string;
            total: number;
        };
        Part: {
            id: string;
            sessionID: string;
            messageID: string;
            type: string;
            metadata?: {
                [key: string]: unknown;
            };
            text?: string;
            synthetic?: boolean;
            ignored?: boolean;
            time?: components["schemas"]["PartTime"];
            mime?: string;
            filename?: string;
            url?: string;
            callID?: string;
            tool?: string;
            state?: components["schemas"]["ToolState"];
            name?: string;
            prompt?: string;
            description?: string;
            agent?: string;
            reason?: string;
            cost?: number;
            tokens?: components["schemas"]["Tokens"];
            attempt?: number;
            error?: components["schemas"]["NamedError"];
            auto?: boolean;
        };
        PartTime: {
            start?: number;
            end?: number;
            created?: number;
        };
        Paths: {
            home: string;
            state: string;
            config: string;
            worktree: string;
            directory: string;
        };
        PermissionReply: {
            reply: string;
            message?: string;
        };
        PermissionRequest: {
            id: string;
            sessionID: string;
            permission: string;
            patterns: string[];
            metadata: {
                [key: string]: unknown;
            };
            always: string[];
            tool?: components["schemas"]["RequestingTool"];
        };
        PermissionResponse: {
            response: string;
        };
        PermissionRule: {
            permission: string;
            pattern: string;
            action: string;
        };
        Probe: {
            model: components["schemas"]["ModelRef"];
            text?: string;
            error?: string;
            hint?: string;
            millis: number;
        };
        Project: {
            id: string;
            worktree: string;
            sandboxes: string[];
            time: components["schemas"]["ProjectTime"];
        };
        ProjectSummary: {
            id: string;
            worktree: string;
        };
        ProjectTime: {
            created: number;
            updated: number;
        };
        Prompt: {
            messageID?: string;
            model?: components["schemas"]["ModelRef"];
            agent?: string;
            noReply?: boolean;
            system?: string;
            tools?: {
                [key: string]: boolean;
            };
            variant?: string;
            parts: components["schemas"]["PromptPart"][];
        };
        PromptPart: {
            id?: string;
            type: string;
            text?: string;
            synthetic?: boolean;
            ignored?: boolean;
            metadata?: {
                [key: string]: unknown;
            };
            mime?: string;
            filename?: string;
            url?: string;
            name?: string;
            prompt?: string;
            description?: string;
            agent?: string;
        };
        Provider: {
            id: string;
            name: string;
            source: string;
            env: string[];
            options: {
                [key: string]: unknown;
            };
            models: {
                [key: string]: components["schemas"]["Model"];
            };
        };
        ProviderList: {
            all: components["schemas"]["Provider"][];
            default: {
                [key: string]: string;
            };
            connected: string[];
        };
        Providers: {
            providers: components["schemas"]["Provider"][];
            default: {
                [key: string]: string;
            };
        };
        Question: {
            question: string;
            header: string;
            options: components["schemas"]["QuestionOption"][];
            multiple?: boolean;
            custom?: boolean;
        };
        QuestionOption: {
            label: string;
            description: string;
        };
        QuestionRequest: {
            id: string;
            sessionID: string;
            questions: components["schemas"]["Question"][];
            tool?: components["schemas"]["RequestingTool"];
        };
        Ready: {
            status: string;
        };
        RequestingTool: {
            messageID: string;
            callID: string;
        };
        Revert: {
            messageID: string;
            partID?: string;
        };
        RunCommand: {
            messageID?: string;
            agent?: string;
            model?: string;
            command: string;
            arguments: string;
        };
        RunList: {
            runs: components["schemas"]["KnowledgeRun"][];
        };
        RunShell: {
            messageID?: string;
            agent?: string;
            model?: components["schemas"]["ModelRef"];
            command: string;
        };
        SearchHit: {
            id: string;
            uri: string;
            link?: string;
            source: string;
            kind?: string;
            title: string;
            headings?: string[];
            text: string;
            score: number;
            version?: string;
            language?: string;
            read?: string;
            editions?: components["schemas"]["KnowledgeEdition"][];
            lexical?: components["schemas"]["KnowledgeLeg"];
            dense?: components["schemas"]["KnowledgeLeg"];
            why?: string;
        };
        SearchResult: {
            hits: components["schemas"]["SearchHit"][];
            facets: components["schemas"]["Facet"][];
            mode: string;
            millis: number;
            warnings?: string[];
        };
        Secret: {
            name: string;
            written?: string;
            missing?: boolean;
        };
        Secrets: {
            known: boolean;
            note?: string;
            generation?: number;
            refreshed?: string;
            status?: string;
            stale?: boolean;
            secrets: components["schemas"]["Secret"][];
        };
        Session: {
            id: string;
            slug: string;
            projectID: string;
            directory: string;
            parentID?: string;
            owner?: string;
            title: string;
            version: string;
            agent?: string;
            model?: components["schemas"]["SessionModel"];
            cost: number;
            tokens: components["schemas"]["Tokens"];
            permission?: components["schemas"]["PermissionRule"][];
            metadata?: unknown;
            revert?: components["schemas"]["Revert"];
            pinned?: boolean;
            time: components["schemas"]["SessionTime"];
        };
        SessionModel: {
            id: string;
            providerID: string;
            variant?: string;
        };
        SessionStatus: {
            type: string;
            attempt?: number;
            message?: string;
            next?: number;
        };
        SessionTime: {
            created: number;
            updated: number;
            compacting?: number;
            archived?: number;
            deleted?: number;
        };
        SourceDetail: {
            name: string;
            kind: string;
            location: string;
            schedule?: string;
            tags?: string[];
            next_run?: string;
            documents: number;
            chunks: number;
            last_run?: components["schemas"]["KnowledgeRun"];
            enabled: boolean;
            editable: boolean;
            progress?: components["schemas"]["ControlProgress"];
            settings?: components["schemas"]["ControlSettings"];
            table?: string;
            file?: string;
            runs: components["schemas"]["KnowledgeRun"][];
        };
        SourceList: {
            sources: components["schemas"]["SourceState"][];
            operator: boolean;
            note?: string;
            crawler: boolean;
        };
        SourceState: {
            name: string;
            kind: string;
            location: string;
            schedule?: string;
            tags?: string[];
            next_run?: string;
            documents: number;
            chunks: number;
            last_run?: components["schemas"]["KnowledgeRun"];
            enabled: boolean;
            editable: boolean;
            progress?: components["schemas"]["ControlProgress"];
        };
        Spend: {
            days: components["schemas"]["SpendDay"][];
            cost: number;
            tokens: components["schemas"]["Tokens"];
            today: number;
            limit?: number;
            partial?: boolean;
        };
        SpendDay: {
            day: string;
            model: string;
            answers: number;
            tokens: components["schemas"]["Tokens"];
            cost: number;
        };
        Starter: {
            question: string;
            title: string;
            uri: string;
            source: string;
        };
        Status: {
            version: string;
            started: string;
            line: string;
            knowledge: string;
            model: components["schemas"]["ModelRef"];
            models: components["schemas"]["ModelRef"][];
            agents: string[];
            addresses: string[];
            running: number;
            turns: number;
            cost: number;
            tokens: components["schemas"]["Tokens"];
            access: string;
        };
        System: {
            mode: string;
            version: string;
            started: string;
            units: components["schemas"]["UnitState"][];
            edges: components["schemas"]["UnitEdge"][];
            note?: string;
            disks: components["schemas"]["Disk"][];
            database?: components["schemas"]["KnowledgeStats"];
            secrets: components["schemas"]["Secrets"];
            memory?: number;
            access: string;
        };
        TUICommand: {
            command: string;
        };
        TUIEvent: {
            type: string;
            properties: unknown;
        };
        TUIPrompt: {
            text: string;
        };
        TUISession: {
            sessionID: string;
        };
        TUIToast: {
            title?: string;
            message: string;
            variant: string;
            duration?: number;
        };
        TestModel: {
            model: string;
        };
        Tokens: {
            total?: number;
            input: number;
            output: number;
            reasoning: number;
            cache: components["schemas"]["CacheUsage"];
        };
        ToolInfo: {
            id: string;
            description: string;
            parameters: unknown;
        };
        ToolState: {
            status: string;
            input: unknown;
            raw?: string;
            title?: string;
            output?: string;
            error?: string;
            metadata?: {
                [key: string]: unknown;
            };
            time?: components["schemas"]["PartTime"];
        };
        UnitEdge: {
            from: string;
            to: string;
            kind: string;
        };
        UnitState: {
            name: string;
            description?: string;
            installed: boolean;
            active: string;
            sub?: string;
            result?: string;
            status?: string;
            since?: string;
            memory?: number;
            restarts?: number;
            next_run?: string;
            last_run?: string;
            unmet?: string[];
        };
        UpdateSession: {
            title?: string;
            metadata?: unknown;
            permission?: components["schemas"]["PermissionRule"][];
            time?: {
                archived: number;
            };
        };
        Upgrade: {
            success: boolean;
            error: string;
        };
        V2API: {
            id?: string;
            type: string;
            settings: {
                [key: string]: unknown;
            };
        };
        V2Active: {
            type: string;
        };
        V2Admitted: {
            admittedSeq: number;
            id: string;
            sessionID: string;
            prompt: components["schemas"]["V2Prompt"];
            delivery: string;
            timeCreated: number;
        };
        V2Agent: {
            id: string;
            model?: components["schemas"]["SessionModel"];
            request: components["schemas"]["V2Request"];
            system?: string;
            description?: string;
            mode: string;
            hidden: boolean;
            steps?: number;
            permissions: components["schemas"]["V2Rule"][];
        };
        V2AgentNamed: {
            name: string;
        };
        V2Ask: {
            id?: string;
            prompt: components["schemas"]["V2Prompt"];
            resume?: boolean;
        };
        V2Capabilities: {
            tools: boolean;
            input: string[];
            output: string[];
        };
        V2Command: {
            name: string;
            template: string;
            description?: string;
            agent?: string;
        };
        V2CreateSession: {
            agent?: string;
            model?: components["schemas"]["SessionModel"];
        };
        V2Cursor: {
            previous?: string;
            next?: string;
        };
        V2Directory: {
            directory: string;
        };
        V2Event: {
            id: string;
            type: string;
            data: unknown;
        };
        V2File: {
            uri: string;
            mime: string;
            name?: string;
        };
        V2Health: {
            healthy: boolean;
        };
        V2Location: {
            directory: string;
            project: components["schemas"]["V2Project"];
        };
        V2Model: {
            id: string;
            providerID: string;
            name: string;
            api: components["schemas"]["V2API"];
            capabilities: components["schemas"]["V2Capabilities"];
            request: components["schemas"]["V2Request"];
            variants: Record<string, never>[];
            time: components["schemas"]["V2Released"];
            cost: components["schemas"]["ModelCost"][];
            status: string;
            enabled: boolean;
            limit: components["schemas"]["ModelLimit"];
        };
        V2Permission: {
            id: string;
            sessionID: string;
            action: string;
            resources: string[];
            save?: string[];
            metadata?: {
                [key: string]: unknown;
            };
            source?: components["schemas"]["V2Source"];
        };
        V2Project: {
            id: string;
            directory: string;
        };
        V2Prompt: {
            text: string;
            files?: components["schemas"]["V2File"][];
            agents?: components["schemas"]["V2AgentNamed"][];
        };
        V2Provider: {
            id: string;
            name: string;
            api: components["schemas"]["V2API"];
            request: components["schemas"]["V2Request"];
        };
        V2Released: {
            released: number;
        };
        V2Request: {
            headers: {
                [key: string]: string;
            };
            body: {
                [key: string]: unknown;
            };
        };
        V2Revert: {
            messageID: string;
        };
        V2Rule: {
            action: string;
            resource: string;
            effect: string;
        };
        V2Session: {
            id: string;
            parentID?: string;
            projectID: string;
            agent?: string;
            model?: components["schemas"]["SessionModel"];
            cost: number;
            tokens: components["schemas"]["Tokens"];
            time: components["schemas"]["V2SessionTime"];
            title: string;
            location: components["schemas"]["V2Directory"];
            revert?: components["schemas"]["V2Revert"];
        };
        V2SessionTime: {
            created: number;
            updated: number;
            archived?: number;
        };
        V2Source: {
            type: string;
            messageID: string;
            callID: string;
        };
        VCS: Record<string, never>;
    };
    responses: never;
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
    "get-agent": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Success */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Agent"][];
                };
            };
        };
    };
    "get-api-agent": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Success */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        location: components["schemas"]["V2Location"];
                        data: components["schemas"]["V2Agent"][];
                    };
                };
            };
        };
    };
    "get-api-command": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Success */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        location: components["schemas"]["V2Location"];
                        data: components["schemas"]["V2Command"][];
                    };
                };
            };
        };
    };
    "get-api-event": {
        parameters: {
            query?: {
                /** @description Only this one and its children */
                session?: string;
                /** @description The same, for a client that cannot set headers */
                last_event_id?: string;
            };
            header?: {
                /** @description Go on after it */
                "Last-Event-ID"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Success */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["V2Event"];
                };
            };
        };
    };
    "get-api-fs-find": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Success */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        location: components["schemas"]["V2Location"];
                        data: Record<string, never>[];
                    };
                };
            };
        };
    };
    "get-api-fs-list": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Success */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        location: components["schemas"]["V2Location"];
                        data: Record<string, never>[];
                    };
                };
            };
        };
    };
    "get-api-health": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Success */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["V2Health"];
                };
            };
        };
    };
    "get-api-integration": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Success */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        location: components["schemas"]["V2Location"];
                        data: Record<string, never>[];
                    };
                };
            };
        };
    };
    "get-api-location": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Success */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["V2Location"];
                };
            };
        };
    };
    "get-api-model": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Success */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        location: components["schemas"]["V2Location"];
                        data: components["schemas"]["V2Model"][];
                    };
                };
            };
        };
    };
    "get-api-permission-request": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Success */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        location: components["schemas"]["V2Location"];
                        data: components["schemas"]["V2Permission"][];
                    };
                };
            };
        };
    };
    "get-api-permission-saved": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Success */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: Record<string, never>[];
                    };
                };
            };
        };
    };
    "get-api-provider": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Success */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        location: components["schemas"]["V2Location"];
                        data: components["schemas"]["V2Provider"][];
                    };
                };
            };
        };
    };
    "get-api-provider-id": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Success */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        location: components["schemas"]["V2Location"];
                        data: components["schemas"]["V2Provider"];
                    };
                };
            };
        };
    };
    "get-api-pty": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Success */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        location: components["schemas"]["V2Location"];
                        data: Record<string, never>[];
                    };
                };
            };
        };
    };
    "get-api-question-request": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Success */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        location: components["schemas"]["V2Location"];
                        data: Record<string, never>[];
                    };
                };
            };
        };
    };
    "get-api-reference": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Success */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        location: components["schemas"]["V2Location"];
                        data: Record<string, never>[];
                    };
                };
            };
        };
    };
    "get-api-session": {
        parameters: {
            query?: {
                /** @description In the title */
                search?: string;
                /** @description At most 1000; default 50 */
                limit?: number;
                /** @description asc or desc, by time; default desc */
                order?: string;
                /** @description Of an answer before */
                cursor?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Success */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["V2Session"][];
                        cursor: components["schemas"]["V2Cursor"];
                    };
                };
            };
        };
    };
    "post-api-session": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["V2CreateSession"];
            };
        };
        responses: {
            /** @description Success */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["V2Session"];
                    };
                };
            };
        };
    };
    "get-api-session-active": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Success */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: {
                            [key: string]: components["schemas"]["V2Active"];
                        };
                    };
                };
            };
        };
    };
    "get-api-session-id": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Success */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["V2Session"];
                    };
                };
            };
        };
    };
    "post-api-session-id-agent": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": {
                    agent: string;
                };
            };
        };
        responses: {
            /** @description Done */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    "post-api-session-id-compact": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    "get-api-session-id-context": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Success */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: unknown[];
                    };
                };
            };
        };
    };
    "post-api-session-id-interrupt": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    "get-api-session-id-message": {
        parameters: {
            query?: {
                /** @description At most 1000; default 50 */
                limit?: number;
                /** @description asc or desc, by time; default desc */
                order?: string;
                /** @description Of an answer before */
                cursor?: string;
            };
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Success */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: unknown[];
                        cursor: components["schemas"]["V2Cursor"];
                    };
                };
            };
        };
    };
    "get-api-session-id-message-message": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
                message: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Success */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: unknown;
                    };
                };
            };
        };
    };
    "post-api-session-id-model": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": {
                    model: components["schemas"]["SessionModel"];
                };
            };
        };
        responses: {
            /** @description Done */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    "get-api-session-id-permission": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Success */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["V2Permission"][];
                    };
                };
            };
        };
    };
    "get-api-session-id-permission-permission": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
                permission: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Success */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["V2Permission"];
                    };
                };
            };
        };
    };
    "post-api-session-id-permission-permission-reply": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
                permission: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["PermissionReply"];
            };
        };
        responses: {
            /** @description Done */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    "post-api-session-id-prompt": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["V2Ask"];
            };
        };
        responses: {
            /** @description Success */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["V2Admitted"];
                    };
                };
            };
        };
    };
    "get-api-session-id-question": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Success */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: Record<string, never>[];
                    };
                };
            };
        };
    };
    "post-api-session-id-revert-clear": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    "post-api-session-id-revert-commit": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    "post-api-session-id-revert-stage": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["Revert"];
            };
        };
        responses: {
            /** @description Success */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["V2Revert"];
                    };
                };
            };
        };
    };
    "post-api-session-id-wait": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    "get-api-skill": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Success */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        location: components["schemas"]["V2Location"];
                        data: Record<string, never>[];
                    };
                };
            };
        };
    };
    "get-command": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Success */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Command"][];
                };
            };
        };
    };
    "get-config": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Success */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Config"];
                };
            };
        };
    };
    "patch-config": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": {
                    [key: string]: unknown;
                };
            };
        };
        responses: {
            /** @description Success */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Config"];
                };
            };
        };
    };
    "get-config-providers": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Success */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Providers"];
                };
            };
        };
    };
    "get-event": {
        parameters: {
            query?: {
                /** @description Only this one and its children */
                session?: string;
                /** @description The same, for a client that cannot set headers */
                last_event_id?: string;
            };
            header?: {
                /** @description Go on after it */
                "Last-Event-ID"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Success */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Event"];
                };
            };
        };
    };
    "get-experimental-capabilities": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Success */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Features"];
                };
            };
        };
    };
    "get-experimental-console": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Success */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Console"];
                };
            };
        };
    };
    "get-experimental-console-orgs": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Success */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Organizations"];
                };
            };
        };
    };
    "get-experimental-resource": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Success */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": Record<string, never>;
                };
            };
        };
    };
    "get-experimental-session": {
        parameters: {
            query?: {
                /** @description Only those without a parent */
                roots?: boolean;
                /** @description In the title */
                search?: string;
                /** @description Changed since, in milliseconds since 1970 */
                start?: number;
                /** @description At most 1000; default 100 */
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Success */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["GlobalSession"][];
                };
            };
        };
    };
    "post-experimental-session-id-background": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Success */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": boolean;
                };
            };
        };
    };
    "get-experimental-tool": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Success */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ToolInfo"][];
                };
            };
        };
    };
    "get-experimental-tool-ids": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Success */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": string[];
                };
            };
        };
    };
    "get-experimental-workspace": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Success */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": Record<string, never>[];
                };
            };
        };
    };
    "get-experimental-workspace-adapter": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Success */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": Record<string, never>[];
                };
            };
        };
    };
    "get-experimental-workspace-status": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Success */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": Record<string, never>[];
                };
            };
        };
    };
    "post-experimental-workspace-sync-list": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    "get-experimental-worktree": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Success */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": Record<string, never>[];
                };
            };
        };
    };
    "get-file": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Success */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": Record<string, never>[];
                };
            };
        };
    };
    "get-file-status": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Success */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": Record<string, never>[];
                };
            };
        };
    };
    "get-find": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Success */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": Record<string, never>[];
                };
            };
        };
    };
    "get-find-file": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Success */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": Record<string, never>[];
                };
            };
        };
    };
    "get-find-symbol": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Success */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": Record<string, never>[];
                };
            };
        };
    };
    "get-formatter": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Success */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": Record<string, never>[];
                };
            };
        };
    };
    "get-global-config": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Success */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Config"];
                };
            };
        };
    };
    "patch-global-config": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": {
                    [key: string]: unknown;
                };
            };
        };
        responses: {
            /** @description Success */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Config"];
                };
            };
        };
    };
    "post-global-dispose": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Success */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": boolean;
                };
            };
        };
    };
    "get-global-event": {
        parameters: {
            query?: {
                /** @description Only this one and its children */
                session?: string;
                /** @description The same, for a client that cannot set headers */
                last_event_id?: string;
            };
            header?: {
                /** @description Go on after it */
                "Last-Event-ID"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Success */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["GlobalEvent"];
                };
            };
        };
    };
    "get-global-health": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Success */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Health"];
                };
            };
        };
    };
    "post-global-upgrade": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Success */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Upgrade"];
                };
            };
        };
    };
    "get-healthz": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Success */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Ready"];
                };
            };
        };
    };
    "post-instance-dispose": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Success */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": boolean;
                };
            };
        };
    };
    "post-log": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Success */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": boolean;
                };
            };
        };
    };
    "get-lsp": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Success */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": Record<string, never>[];
                };
            };
        };
    };
    "get-mcp": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Success */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        [key: string]: components["schemas"]["MCPStatus"];
                    };
                };
            };
        };
    };
    "post-mcp-name-connect": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Success */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": boolean;
                };
            };
        };
    };
    "post-mcp-name-disconnect": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Success */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": boolean;
                };
            };
        };
    };
    "post-panther-probe": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Success */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Probe"][];
                };
            };
        };
    };
    "get-panther-status": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Success */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Status"];
                };
            };
        };
    };
    "get-panther-v1-conversations": {
        parameters: {
            query?: {
                /** @description Words of the title or of what was said */
                q?: string;
                /** @description The next of the page before */
                cursor?: string;
                /** @description Only those whose deletion can be taken back */
                deleted?: boolean;
                /** @description At most 200; default 50 */
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Success */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ConversationList"];
                };
            };
        };
    };
    "delete-panther-v1-conversations-id": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Success */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DeletedConversation"];
                };
            };
        };
    };
    "patch-panther-v1-conversations-id": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["EditConversation"];
            };
        };
        responses: {
            /** @description Success */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Conversation"];
                };
            };
        };
    };
    "post-panther-v1-conversations-id-restore": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Success */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Conversation"];
                };
            };
        };
    };
    "get-panther-v1-document": {
        parameters: {
            query?: {
                /** @description Of the document; a link to a heading of it will do */
                uri?: string;
                /** @description Identifier of the passage to mark */
                passage?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Success */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DocumentView"];
                };
            };
        };
    };
    "get-panther-v1-logins": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Success */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["LoginList"];
                };
            };
        };
    };
    "delete-panther-v1-logins-id": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    "get-panther-v1-memories": {
        parameters: {
            query?: {
                /** @description fact, episode or skill */
                kind?: string;
                /** @description Only those that wait to be confirmed */
                waiting?: boolean;
                /** @description Also those that are not recalled */
                superseded?: boolean;
                /** @description Only what this conversation stored */
                session?: string;
                /** @description At most 1000; default 200 */
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Success */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["MemoryList"];
                };
            };
        };
    };
    "delete-panther-v1-memories-id": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    "patch-panther-v1-memories-id": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["EditMemory"];
            };
        };
        responses: {
            /** @description Success */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["MemoryView"];
                };
            };
        };
    };
    "post-panther-v1-memories-id-confirm": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Success */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["MemoryView"];
                };
            };
        };
    };
    "post-panther-v1-memories-id-restore": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    "get-panther-v1-models": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Success */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ModelList"];
                };
            };
        };
    };
    "post-panther-v1-models-test": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["TestModel"];
            };
        };
        responses: {
            /** @description Success */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ModelTest"];
                };
            };
        };
    };
    "get-panther-v1-overview": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Success */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Overview"];
                };
            };
        };
    };
    "get-panther-v1-search": {
        parameters: {
            query?: {
                /** @description At most 4096 bytes */
                q?: string;
                /** @description Only these; may be repeated */
                source?: string[];
                /** @description Only sources of these kinds: web, git, confluence, feed, files */
                kind?: string[];
                /** @description Only documents in these languages */
                lang?: string[];
                /** @description Only pages of these versions; 17 includes 17.2 */
                version?: string[];
                /** @description Only documents read or published since this day, 2006-01-02 */
                after?: string;
                /** @description At most 100; default 20 */
                limit?: number;
                /** @description Say in words why each hit is there */
                explain?: boolean;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Success */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SearchResult"];
                };
            };
        };
    };
    "post-panther-v1-share": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    "get-panther-v1-sources": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Success */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SourceList"];
                };
            };
        };
    };
    "post-panther-v1-sources": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["AddSource"];
            };
        };
        responses: {
            /** @description Success */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AddedSource"];
                };
            };
        };
    };
    "get-panther-v1-sources-name": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Success */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SourceDetail"];
                };
            };
        };
    };
    "delete-panther-v1-sources-name": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    "patch-panther-v1-sources-name": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["ControlChange"];
            };
        };
        responses: {
            /** @description Success */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SourceDetail"];
                };
            };
        };
    };
    "post-panther-v1-sources-name-crawl": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Success */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SourceState"];
                };
            };
        };
    };
    "delete-panther-v1-sources-name-crawl": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    "get-panther-v1-sources-name-pages": {
        parameters: {
            query?: {
                /** @description Default the last one */
                run?: string;
                /** @description Only new, changed, unchanged, gone, refused or failed ones */
                outcome?: string;
                /** @description The next of the page before */
                cursor?: string;
                /** @description At most 1000; default 100 */
                limit?: number;
            };
            header?: never;
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Success */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PageList"];
                };
            };
        };
    };
    "get-panther-v1-sources-name-runs": {
        parameters: {
            query?: {
                /** @description At most 100; default 20 */
                limit?: number;
            };
            header?: never;
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Success */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RunList"];
                };
            };
        };
    };
    "get-panther-v1-spend": {
        parameters: {
            query?: {
                /** @description How many days back; at most 366, default 30 */
                days?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Success */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Spend"];
                };
            };
        };
    };
    "get-panther-v1-system": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Success */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["System"];
                };
            };
        };
    };
    "get-panther-v1-system-doctor": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Success */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Checkup"];
                };
            };
        };
    };
    "get-panther-v1-system-journal": {
        parameters: {
            query?: {
                /** @description A unit of the suite */
                unit?: string;
                /** @description At most 1000; default 100 */
                lines?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Success */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Journal"];
                };
            };
        };
    };
    "post-panther-v1-uploads": {
        parameters: {
            query?: {
                /** @description Name of the source that the file belongs to; made with its first file */
                source?: string;
                /** @description Name of the file, whose ending tells its kind */
                file?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Success */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ControlSource"];
                };
            };
        };
    };
    "get-path": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Success */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Paths"];
                };
            };
        };
    };
    "get-permission": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Success */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PermissionRequest"][];
                };
            };
        };
    };
    "post-permission-id-reply": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["PermissionReply"];
            };
        };
        responses: {
            /** @description Success */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": boolean;
                };
            };
        };
    };
    "get-project": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Success */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Project"][];
                };
            };
        };
    };
    "get-project-current": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Success */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Project"];
                };
            };
        };
    };
    "get-project-id-directories": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Success */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": Record<string, never>[];
                };
            };
        };
    };
    "get-provider": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Success */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProviderList"];
                };
            };
        };
    };
    "get-provider-auth": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Success */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": Record<string, never>;
                };
            };
        };
    };
    "get-pty": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Success */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": Record<string, never>[];
                };
            };
        };
    };
    "get-pty-shells": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Success */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": Record<string, never>[];
                };
            };
        };
    };
    "get-question": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Success */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["QuestionRequest"][];
                };
            };
        };
    };
    "get-readyz": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Success */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Ready"];
                };
            };
        };
    };
    "get-session": {
        parameters: {
            query?: {
                /** @description Only those without a parent */
                roots?: boolean;
                /** @description In the title */
                search?: string;
                /** @description Changed since, in milliseconds since 1970 */
                start?: number;
                /** @description At most 1000; default 100 */
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Success */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Session"][];
                };
            };
        };
    };
    "post-session": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["CreateSession"];
            };
        };
        responses: {
            /** @description Success */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Session"];
                };
            };
        };
    };
    "get-session-status": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Success */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        [key: string]: components["schemas"]["SessionStatus"];
                    };
                };
            };
        };
    };
    "get-session-id": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Success */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Session"];
                };
            };
        };
    };
    "delete-session-id": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Success */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": boolean;
                };
            };
        };
    };
    "patch-session-id": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["UpdateSession"];
            };
        };
        responses: {
            /** @description Success */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Session"];
                };
            };
        };
    };
    "post-session-id-abort": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Success */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": boolean;
                };
            };
        };
    };
    "get-session-id-children": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Success */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Session"][];
                };
            };
        };
    };
    "post-session-id-command": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["RunCommand"];
            };
        };
        responses: {
            /** @description Success */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["MessageWithParts"];
                };
            };
        };
    };
    "get-session-id-diff": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Success */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": Record<string, never>[];
                };
            };
        };
    };
    "get-session-id-export": {
        parameters: {
            query?: {
                /** @description json or markdown */
                format?: string;
            };
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Success */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Export"];
                };
            };
        };
    };
    "post-session-id-fork": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["Fork"];
            };
        };
        responses: {
            /** @description Success */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Session"];
                };
            };
        };
    };
    "get-session-id-message": {
        parameters: {
            query?: {
                /** @description Only those before this one */
                before?: string;
                /** @description The newest so many */
                limit?: number;
            };
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Success */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["MessageWithParts"][];
                };
            };
        };
    };
    "post-session-id-message": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["Prompt"];
            };
        };
        responses: {
            /** @description Success */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["MessageWithParts"];
                };
            };
        };
    };
    "get-session-id-message-message": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
                message: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Success */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["MessageWithParts"];
                };
            };
        };
    };
    "delete-session-id-message-message": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
                message: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Success */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": boolean;
                };
            };
        };
    };
    "post-session-id-message-message-feedback": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
                message: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["Feedback"];
            };
        };
        responses: {
            /** @description Success */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["FeedbackGiven"];
                };
            };
        };
    };
    "delete-session-id-message-message-part-part": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
                message: string;
                part: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Success */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": boolean;
                };
            };
        };
    };
    "patch-session-id-message-message-part-part": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
                message: string;
                part: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["Part"];
            };
        };
        responses: {
            /** @description Success */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Part"];
                };
            };
        };
    };
    "post-session-id-permissions-permission": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
                permission: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["PermissionResponse"];
            };
        };
        responses: {
            /** @description Success */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": boolean;
                };
            };
        };
    };
    "post-session-id-prompt-async": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["Prompt"];
            };
        };
        responses: {
            /** @description Done */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    "post-session-id-revert": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["Revert"];
            };
        };
        responses: {
            /** @description Success */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Session"];
                };
            };
        };
    };
    "post-session-id-share": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    "delete-session-id-share": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Success */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Session"];
                };
            };
        };
    };
    "post-session-id-shell": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["RunShell"];
            };
        };
        responses: {
            /** @description Success */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["MessageWithParts"];
                };
            };
        };
    };
    "post-session-id-summarize": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["ModelRef"];
            };
        };
        responses: {
            /** @description Success */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": boolean;
                };
            };
        };
    };
    "get-session-id-todo": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Success */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": Record<string, never>[];
                };
            };
        };
    };
    "post-session-id-unrevert": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Success */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Session"];
                };
            };
        };
    };
    "get-skill": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Success */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": Record<string, never>[];
                };
            };
        };
    };
    "post-sync-history": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Success */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": Record<string, never>[];
                };
            };
        };
    };
    "post-sync-start": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Success */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": boolean;
                };
            };
        };
    };
    "post-tui-append-prompt": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["TUIPrompt"];
            };
        };
        responses: {
            /** @description Success */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": boolean;
                };
            };
        };
    };
    "post-tui-clear-prompt": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Success */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": boolean;
                };
            };
        };
    };
    "post-tui-execute-command": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["TUICommand"];
            };
        };
        responses: {
            /** @description Success */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": boolean;
                };
            };
        };
    };
    "post-tui-open-help": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Success */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": boolean;
                };
            };
        };
    };
    "post-tui-open-models": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Success */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": boolean;
                };
            };
        };
    };
    "post-tui-open-sessions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Success */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": boolean;
                };
            };
        };
    };
    "post-tui-open-themes": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Success */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": boolean;
                };
            };
        };
    };
    "post-tui-publish": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["TUIEvent"];
            };
        };
        responses: {
            /** @description Success */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": boolean;
                };
            };
        };
    };
    "post-tui-select-session": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["TUISession"];
            };
        };
        responses: {
            /** @description Success */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": boolean;
                };
            };
        };
    };
    "post-tui-show-toast": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["TUIToast"];
            };
        };
        responses: {
            /** @description Success */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": boolean;
                };
            };
        };
    };
    "post-tui-submit-prompt": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Success */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": boolean;
                };
            };
        };
    };
    "post-v1-chat-completions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["OpenaiChatRequest"];
            };
        };
        responses: {
            /** @description Success */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OpenaiCompletion"];
                };
            };
        };
    };
    "get-v1-models": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Success */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OpenaiModels"];
                };
            };
        };
    };
    "get-v1-models-id": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Success */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OpenaiModel"];
                };
            };
        };
    };
    "post-v1-responses": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["OpenaiResponseRequest"];
            };
        };
        responses: {
            /** @description Success */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OpenaiResponse"];
                };
            };
        };
    };
    "get-v1-responses-id": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Success */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OpenaiResponse"];
                };
            };
        };
    };
    "delete-v1-responses-id": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Success */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OpenaiForgotten"];
                };
            };
        };
    };
    "get-vcs": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Success */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VCS"];
                };
            };
        };
    };
    "get-vcs-diff": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Success */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": Record<string, never>[];
                };
            };
        };
    };
    "get-vcs-status": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Success */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": Record<string, never>[];
                };
            };
        };
    };
}
