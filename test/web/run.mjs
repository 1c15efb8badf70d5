import { ask } from "./ask.mjs"
import { everyone } from "./everyone.mjs"
import { finish, Local, Server } from "./harness.mjs"
import { app } from "./phone.mjs"
import { rooms } from "./rooms.mjs"

// ROOMS=EXPRESSION runs some of the four parts.
const { ROOMS = "." } = process.env
const [server, without, local] = await Promise.all([new Server().start(), new Server("-model", "none").start(), new Local().start()])
const parts = { rooms: () => rooms(local), app: () => app(server), ask: () => ask(server, without), everyone: () => everyone(server, local) }
for (const [name, run] of Object.entries(parts)) if (new RegExp(ROOMS).test(name)) await run()
await finish(server, without, local)
