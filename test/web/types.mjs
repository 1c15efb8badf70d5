// The types of the page are made of the description that the server gives of itself. `test/web.sh types` writes them.
import { readFileSync, writeFileSync } from "node:fs"
import openapiTS, { astToString } from "openapi-typescript"
import { Server } from "./harness.mjs"

const [, , file, write] = process.argv
const server = await new Server().start()
const doc = await server.api("GET", "/doc")
await server.kill("SIGTERM")
doc.info.version = "1"
const made = `// Made of opencoded's OpenAPI by test/web.sh types. DO NOT EDIT.\n\n${astToString(await openapiTS(doc))}`
if (write) writeFileSync(file, made)
else if (readFileSync(file, "utf8") !== made) {
  console.error("the types of the page are not those of the API: run test/web.sh types, then scripts/web build")
  process.exit(1)
}
console.log("ok types of the API")
