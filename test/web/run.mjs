import { ask } from "./ask.mjs"
import { finish, Local, Server } from "./harness.mjs"
import { rooms } from "./rooms.mjs"

const [server, without, local] = await Promise.all([new Server().start(), new Server("-model", "none").start(), new Local().start()])
if (!process.env.ASK) await rooms(local)
if (!process.env.ROOMS) await ask(server, without)
await finish(server, without, local)
