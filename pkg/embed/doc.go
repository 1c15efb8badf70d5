// Package embed is the panther-embed service: text in, vectors out, over the
// OpenAI embeddings API on a unix socket.
//
//	POST /v1/embeddings   string, strings or token ids; float or base64
//	GET  /v1/models       what it embeds with, and its embedding space
//	GET  /healthz  GET /metrics
//
// One provider does the work, chosen at start: "encoder" runs a BERT-family
// model in this process (pkg/encoder), "openai" asks another server
// (pkg/embed/remote). Where no model is installed it says so, lists none, and
// looks again when it is asked; search is then by words alone. A provider that fails is an error to the client; another
// one never steps in, since vectors of two providers cannot be compared.
//
// An embedding space is provider, model and dimensions. A request with
// "input_type": "query" overtakes passages that are being computed: at the next
// layer of the model, a few milliseconds away. Passages wait in a bounded
// queue; beyond it the answer is 429 with Retry-After. The service leaves when
// it was idle for a while and its socket unit starts it again.
package embed
