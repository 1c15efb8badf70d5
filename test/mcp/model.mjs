// A language model of the OpenAI API for one conversation: it asks for the tool whose name ends in _search, and answers
// with the first link of what that found. It prints its address.
import http from "node:http"

http.createServer((req, res) => {
  let body = ""
  req.on("data", (d) => (body += d))
  req.on("end", () => {
    const { messages = [], tools = [] } = body ? JSON.parse(body) : {}
    const search = tools.find((t) => t.function.name.endsWith("_search"))?.function.name
    const found = messages.find((m) => m.role === "tool")
    let delta = { content: "No tool is called search." }
    if (found) delta = { content: "Found " + (/https:\/\/[^\s"\\]+/.exec(JSON.stringify(found.content)) ?? ["nothing"])[0] }
    else if (search) delta = { tool_calls: [{ index: 0, id: "call_1", type: "function", function: { name: search, arguments: '{"query":"partial index"}' } }] }
    res.writeHead(200, { "content-type": "text/event-stream" })
    const send = (delta, finish_reason) => res.write("data: " + JSON.stringify({ id: "c", object: "chat.completion.chunk", created: 1, model: "scripted", choices: [{ index: 0, delta, finish_reason }] }) + "\n\n")
    send({ role: "assistant", ...delta }, null)
    send({}, delta.tool_calls ? "tool_calls" : "stop")
    res.end("data: [DONE]\n\n")
  })
}).listen(0, "127.0.0.1", function () { console.log(`http://127.0.0.1:${this.address().port}/v1`) })
