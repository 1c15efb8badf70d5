// What the page weighs, as `test/web.sh figures` prints it: transfer by screen, first paint, and time in scripts on a
// processor that is slowed four times.
import { readdirSync, readFileSync } from "node:fs"
import { gzipSync } from "node:zlib"
import { chromium } from "playwright-core"
import { phone, Server } from "./harness.mjs"

const [, , dist] = process.argv
const server = await new Server().start()
const { session } = await server.ask("How do I make a partial index, slowly?")
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM, args: ["--no-sandbox", "--disable-gpu"] })

console.log("chunk                          KB   gzip")
for (const f of readdirSync(`${dist}/assets`)) {
  const b = readFileSync(`${dist}/assets/${f}`)
  if (b.length > 1500) console.log(`${f.replace(/-[^-]{8}\./, ".").padEnd(26)} ${(b.length / 1000).toFixed(1).padStart(6)} ${(gzipSync(b, { level: 9 }).length / 1000).toFixed(1).padStart(6)}`)
}
console.log("\nscreen          transfer KB  first paint ms  script ms  (4 times slower)")
for (const [name, path] of Object.entries({ start: "/", conversation: `/c/${session}`, search: "/search?q=index", library: "/library", system: "/system" })) {
  const context = await browser.newContext({ ...phone, serviceWorkers: "block" })
  const page = await context.newPage()
  const cdp = await context.newCDPSession(page)
  let sent = 0
  await cdp.send("Network.enable")
  await cdp.send("Performance.enable")
  await cdp.send("Emulation.setCPUThrottlingRate", { rate: 4 })
  const own = new Set()
  cdp.on("Network.requestWillBeSent", (e) => /\/web\/|\/$|\/c\/|\/(search|library|system)/.test(new URL(e.request.url).pathname) && own.add(e.requestId))
  cdp.on("Network.loadingFinished", (e) => own.has(e.requestId) && (sent += e.encodedDataLength))
  await page.goto(server.url + path)
  await page.waitForSelector("h1", { state: "attached" })
  await page.waitForTimeout(2500)
  const paint = await page.evaluate(() => performance.getEntriesByName("first-contentful-paint")[0]?.startTime ?? 0)
  const { metrics } = await cdp.send("Performance.getMetrics")
  const script = metrics.find((m) => m.name === "ScriptDuration").value * 1000
  console.log(`${name.padEnd(15)} ${(sent / 1000).toFixed(1).padStart(11)} ${Math.round(paint).toString().padStart(15)} ${Math.round(script).toString().padStart(10)}`)
  await context.close()
}
await browser.close()
await server.kill("SIGTERM")
process.exit(0)
