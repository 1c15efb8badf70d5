// Package library is what people see of the knowledge base by the runtime: what
// there is, sources and their visits, search, documents, memories and
// conversations, as operations below /panther/v1. It provides views and passes
// wishes on: agentdb is authoritative for what is stored and, by the identity in
// the context, for whose it is; the crawler for its configuration and visits.
//
// Text that was collected passes the gate before it is answered, as quotations
// in an answer do. Only operators (root, the service's account and the group that
// may ask) change sources.
//
// While agentdb or the crawler is away, operations that need it are refused with
// status 503 after a moment, and say so.
package library
