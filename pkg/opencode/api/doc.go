// Package api is the wire side of opencoded: the types of the OpenCode 1.x HTTP
// API as far as opencoded speaks it, and a client for them. The reference for
// routes, names and shapes is OpenCode's own server (1.18) and its SDKs;
// opencoded is authoritative for what is in a session. The package keeps no
// state and readers tolerate fields that they do not know.
//
// What opencoded adds to that API, all of it optional for a client:
//
//   - every stored event carries an SSE id, and Last-Event-ID resumes a stream
//     without a gap or a repeat (OpenCode's has no ids);
//   - /event?session=ID narrows the stream to a session and its children;
//   - GET /session/ID/export?format=markdown|json;
//   - GET /panther/status, what `panther status` prints;
//   - a text part's metadata holds its sources, see Sources.
//
// Failures are *Error, which carries OpenCode's error name and the HTTP status.
package api
