// The official JavaScript SDK, unmodified: create, prompt, list, messages,
// agents, events.
import assert from "node:assert/strict"
import { createOpencodeClient } from "@opencode-ai/sdk"

const client = createOpencodeClient({ baseUrl: process.env.URL, throwOnError: true })
const session = (await client.session.create({ body: { title: "from the SDK" } })).data
assert.match(session.id, /^ses_/)
const events = await client.event.subscribe()
const seen = new Set()
const idle = (async () => {
  for await (const e of events.stream) {
    seen.add(e.type)
    if (e.type === "session.idle" && e.properties.sessionID === session.id) return
  }
})()
const reply = (await client.session.prompt({ path: { id: session.id }, body: { parts: [{ type: "text", text: "How do I make a partial index?" }] } })).data
assert.equal(reply.info.role, "assistant")
assert.ok(reply.parts.some((p) => p.type === "text" && p.text.includes("WHERE clause [1]")), JSON.stringify(reply.parts))
await idle
for (const t of ["server.connected", "message.updated", "message.part.updated", "session.status", "session.idle"]) assert.ok(seen.has(t), t)
assert.ok((await client.session.list()).data.some((s) => s.id === session.id))
assert.equal((await client.session.messages({ path: { id: session.id } })).data.length, 2)
assert.ok((await client.app.agents()).data.some((a) => a.name === "panther" && a.mode === "primary"))
assert.ok((await client.config.providers()).data.providers.some((p) => p.models.scripted))
const none = await createOpencodeClient({ baseUrl: process.env.URL }).session.get({ path: { id: "ses_none" } })
assert.equal(none.response.status, 404)
assert.equal(none.error.name, "NotFoundError")
assert.equal((await client.session.delete({ path: { id: session.id } })).data, true)
console.log("ok @opencode-ai/sdk")
process.exit(0)
