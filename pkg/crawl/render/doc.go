// Package render runs what is too dangerous to run in the crawler: a browser,
// for pages that are empty without scripts, and the readers of PDF files, of
// scans, of mdoc pages and of the formats of word processors.
//
// Serve is what panther-render.service does, on a machine without network and
// without secrets. A connection carries one task, as lines of JSON, both ways:
//
//	crawler   {"url":"https://…"}   or  {"file":"BASE64","as":"docx"}
//	renderer  {"id":1,"fetch":"https://…/app.js"}         any number of these
//	crawler   {"id":1,"status":200,"header":{…},"body":"BASE64"}  or  {"id":1,"error":"…"}
//	renderer  {"html":"…","url":"https://…"}  {"text":"…"}  or  {"error":"…"}
//
// So the browser reaches nothing by itself: whatever it asks for is fetched by
// the crawler, by its own rules about addresses, robots.txt, sizes and
// credentials, or is refused. The caller is authoritative for what may be
// fetched; the renderer for the limits on time, requests and memory. A task
// fails with an error, never with a part of its result.
package render
