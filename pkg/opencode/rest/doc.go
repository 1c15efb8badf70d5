// Package rest turns functions into the operations of an HTTP API that describes
// itself as OpenAPI 3.1. The input of an operation is a struct whose fields say
// where they come from, as in agentdb's API:
//
//	type listSessions struct {
//		Parent string            `path:"id"`
//		Limit  int               `query:"limit" doc:"Default 100"`
//		Body   api.CreateSession // the request's, as JSON
//	}
//
// and its answer is a value that is written as JSON. Readers tolerate what they do
// not know. The shape of errors is the caller's. A body beyond MaxBody is status
// 413, and a panic is a defect: it is logged, answered by 500, and ends nothing
// else.
package rest
