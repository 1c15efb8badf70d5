// Package agentdb is the agentdb service: the only process that touches the
// database. It opens the store that the configuration names, serves the HTTP API
// and MCP on its socket, and embeds what is pending in the background.
//
// It comes up whether or not the database is there. /healthz answers from the
// start; /readyz and every operation answer 503 until the database is, and
// again whenever it is away, which clients wait for. The service recovers by
// itself. A database of a newer release is a configuration error.
package agentdb
