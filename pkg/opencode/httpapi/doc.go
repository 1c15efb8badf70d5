// Package httpapi is the HTTP and SSE API of OpenCode 1.x: sessions, messages,
// prompts, permissions, events and what clients ask about the server, with the
// second one below /api, which its terminal interface asks too. What OpenCode has
// for coding is empty, or refused with a reason; test/runtime/operations.md has what
// each operation gives. Package api has its types and the client; GET /doc describes
// what is served as OpenAPI. An operation decides nothing: packages sessions,
// prompt and permission do.
//
// Failures are api.NamedError with a status: 400 for what cannot be read, 404 for
// what there is not, 503 for what may work later. 500 would be a defect.
package httpapi
