import { ask } from "./ask.mjs"
import { finish, Server } from "./harness.mjs"

const server = await new Server().start()
const without = await new Server("-model", "none").start()
await ask(server, without)
await finish(server, without)
