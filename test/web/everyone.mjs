// For everyone: axe in both themes, widths, large text, targets, keyboard, directions; and what hostile texts make of the page.
import assert from "node:assert/strict"
import { readFileSync } from "node:fs"
import { createRequire } from "node:module"
import { answers, check, desk, field, fresh, idle, phone, see, send } from "./harness.mjs"

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8")

/** screens are opened on a page; each returns when it is there. */
const screens = (s, local) => ({
  start: (p) => p.goto(local.url).then(() => p.waitForSelector(".hello")),
  conversation: async (p) => {
    await p.goto(`${s.url}/c/${s.talk}`)
    await p.waitForSelector(`${answers} .cards`)
    await p.waitForSelector(".hljs-keyword")
  },
  document: (p) => p.goto(`${local.url}/read?uri=${encodeURIComponent(`file://${local.docs}/2.0/guide.md`)}`).then(() => p.waitForSelector("math")),
  search: (p) => p.goto(`${local.url}/search?q=sail+by+the+wind`).then(() => p.waitForSelector(".hit")),
  library: (p) => p.goto(`${local.url}/library`).then(() => p.waitForSelector(".sources .card")),
  source: (p) => p.goto(`${local.url}/library/docs`).then(() => p.waitForSelector(".pages li")),
  add: (p) => p.goto(`${local.url}/library?add=x`).then(() => p.waitForSelector("dialog")),
  memories: (p) => p.goto(`${local.url}/memories`).then(() => p.waitForSelector(".empty")),
  system: (p) => p.goto(`${local.url}/system`).then(() => p.waitForSelector(".checks li")),
  conversations: (p) => p.goto(`${s.url}/conversations`).then(() => p.waitForSelector(".conversations li")),
})

export async function everyone(s, local) {
  s.talk = (await s.ask("How do I make a partial index, slowly?")).session
  const all = screens(s, local)
  for (const colorScheme of ["light", "dark"]) {
    for (const [name, open] of Object.entries(all)) {
      await check(`${name}, ${colorScheme}: axe finds nothing`, { ...(colorScheme === "dark" ? desk : phone), colorScheme }, async (p) => {
        await open(p)
        await p.evaluate(axe)
        const { violations } = await p.evaluate(() => axe.run(document, { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"] }))
        assert.equal(violations.length, 0, violations.map((v) => `${v.id}: ${v.nodes.map((n) => `${n.html.slice(0, 160)} ${n.any[0]?.message ?? ""}`).slice(0, 3).join(" ")}`).join("\n"))
      })
    }
  }
  for (const [name, width, size] of [["320 pixels", 320, 16], ["2,560 pixels", 2560, 16], ["text of 200 %", 390, 32], ["text of 200 % on a desk", 1280, 32]]) {
    await check(`${name}: nothing is wider than the screen`, { viewport: { width, height: 800 } }, async (p) => {
      for (const [screen, open] of Object.entries(all)) {
        await open(p)
        await p.evaluate((n) => (document.documentElement.style.fontSize = `${n}px`), size)
        await p.waitForTimeout(50)
        const wide = await p.evaluate(() => {
          const bad = [...document.querySelectorAll("body *")].filter((e) => e.getBoundingClientRect().right > innerWidth + 1 && !e.closest(".bar h1, .code, .table, .graph, .facets, .toast, pre, .unseen, .maths") && e.getBoundingClientRect().width > 1)
          return document.documentElement.scrollWidth > innerWidth || bad.length ? bad.slice(0, 3).map((e) => e.outerHTML.slice(0, 120)).join(" ") || "the document" : ""
        })
        assert.equal(wide, "", `${screen}: ${wide}`)
      }
    })
  }
  await check("what is touched is 44 pixels high and wide", phone, async (p) => {
    for (const [screen, open] of Object.entries(all)) {
      await open(p)
      const small = await p.evaluate(() =>
        [...document.querySelectorAll("button, summary, select, input:not([type=checkbox]):not([type=file]), textarea, nav a, a.plain, a.button, .conversations a, .cards a")]
          .filter((e) => e.checkVisibility({ visibilityProperty: true, opacityProperty: true }) && !e.closest("[hidden], .unseen, .graph"))
          .map((e) => [e.getBoundingClientRect(), e.outerHTML.slice(0, 140)])
          .filter(([r]) => r.height > 0 && (r.height < 43.5 || r.width < 43.5))
          .map(([r, h]) => `${Math.round(r.width)}x${Math.round(r.height)} ${h}`),
      )
      assert.deepEqual(small, [], screen)
    }
  })
  await check("the keyboard comes to everything, in order, and sees where it is", desk, async (p) => {
    await p.goto(`${s.url}/c/${s.talk}`)
    await p.waitForSelector(`${answers} .cards`)
    await p.focus(".skip")
    const seen = []
    for (let i = 0; i < 400 && seen.at(-1)?.name !== "Add a file or a photo"; i++) {
      if (i) await p.keyboard.press("Tab")
      seen.push(
        await p.evaluate(() => {
          const e = document.activeElement
          const c = getComputedStyle(e)
          const box = e.closest(".box") && getComputedStyle(e.closest(".box"))
          return { name: e.getAttribute("aria-label") ?? e.textContent.trim().slice(0, 40), shown: e === document.body || c.outlineStyle !== "none" || (box && box.outlineStyle !== "none") }
        }),
      )
    }
    const names = seen.map((x) => x.name)
    assert.equal(names[0], "Skip to the content")
    for (const want of ["Ask", "Search", "System", "Source 1: Partial Indexes", "Copy as Markdown", "Question", "Add a file or a photo"]) assert.ok(names.some((n) => n.startsWith(want)), `${want} is not in ${names.join(", ")}`)
    assert.ok(names.indexOf("Search") < names.indexOf("Copy as Markdown") && names.indexOf("Copy as Markdown") < names.indexOf("Question"))
    assert.deepEqual(seen.filter((x) => !x.shown), [])
  })
  await check("nothing moves for whoever wants it still", { ...phone, reducedMotion: "reduce" }, async (p) => {
    await fresh(p, s, "Stillness, slowly")
    await p.waitForSelector(".pulse")
    assert.equal(await p.$eval(".pulse", (e) => getComputedStyle(e).animationName), "none")
  })
  await check("a text from right to left is set so", phone, async (p) => {
    await fresh(p, s, "ما هو الفهرس الجزئي؟")
    await p.waitForSelector(".bubble")
    assert.equal(await p.$eval(".bubble", (e) => getComputedStyle(e).direction), "rtl")
  })
  await check("a screen reader hears names, states and one heading of the first level", desk, async (p) => {
    for (const open of Object.values(all)) {
      await open(p)
      assert.equal(await p.locator("h1").count(), 1)
      assert.equal(await p.locator("main").count(), 1)
      assert.equal(await p.locator('nav [aria-current="page"], dialog').count() >= 0, true)
    }
  })
  await hostile(s)
}

const outputs = [
  "<img src=https://far.example/a onerror=alert(1)>",
  "![x](https://far.example/b)",
  "!![x](http://localhost]@far.example/c)",
  "<svg onload=alert(1)><a xlink:href=https://far.example/d>x</a></svg>",
  "<iframe srcdoc='<script>alert(1)</script>'></iframe>",
  "[x](javascript:alert(1)) [y](JaVaScRiPt&colon;alert(1)) [z](data:text/html,<script>alert(1)</script>)",
  "[x](https://far.example/e) <https://far.example/f> https://far.example/g www.far.example/h",
  "[r]: https://far.example/i\n\n[x][r] ![y][r]",
  "<a href=//far.example/j>x</a> <form action=https://far.example/k><button>x</button></form>",
  "<style>@import url(https://far.example/l)</style><link rel=stylesheet href=https://far.example/m>",
  "<div style=\"background:url(https://far.example/n)\">x</div>",
  "$\\href{https://far.example/o}{x}$ $$\\includegraphics{https://far.example/p}$$ $\\htmlStyle{background:url(https://far.example/q)}{x}$",
  "```html\n<img src=https://far.example/r>\n```\n\n~~~\n```\n~~~\n![x](https://far.example/s)",
  "> <script src=https://far.example/t></script>\n\n- <object data=https://far.example/u></object>",
  "| a |\n|---|\n| <img src=https://far.example/v> ![x](https://far.example/w) |",
  "<meta http-equiv=refresh content='0;url=https://far.example/x'><base href=https://far.example/y>",
  "[^1]\n\n[^1]: ![x](https://far.example/z)",
  "\u202e\u2066<img src=x>\u{e0041}\u0000 &#60;img src=https://far.example/a1&#62;",
  "[1]: https://far.example/b1\n\nSee [1] and [7].",
]
const allowed = new Set("P STRONG EM DEL A CODE PRE UL OL LI BLOCKQUOTE HR BR H2 H3 H4 H5 H6 TABLE THEAD TBODY TR TH TD DIV SPAN FIGURE BUTTON svg path MATH SUP".toUpperCase().split(" "))

/** what hostile texts make: elements, addresses and requests that should not be. */
async function judge(p, url, asked) {
  const found = await p.evaluate(() => {
    const inside = [...document.querySelectorAll(".md *")].filter((e) => !e.closest("math"))
    return {
      tags: inside.map((e) => e.tagName.toUpperCase()),
      attributes: inside.flatMap((e) => e.getAttributeNames()).filter((n) => /^on|^style$|^src|^srcdoc$|^action$|^background$|^ping$|xlink/.test(n)),
      links: [...document.querySelectorAll(".md a")].map((a) => a.getAttribute("href")),
    }
  })
  assert.deepEqual([...new Set(found.tags)].filter((t) => !allowed.has(t)), [])
  assert.deepEqual(found.attributes, [])
  assert.deepEqual(asked.filter((u) => !u.startsWith(url) && !u.startsWith("data:") && !u.startsWith("blob:")), [])
  return found.links
}

async function hostile(s) {
  await check("hostile answers put no element and no address into the page", desk, async (p, context) => {
    const asked = []
    context.on("request", (r) => asked.push(r.url()))
    let session
    for (const o of outputs) ({ session } = await s.ask(`base64 ${Buffer.from(o).toString("base64")}`, session))
    await p.goto(`${s.url}/c/${session}`)
    await p.waitForFunction((n) => document.querySelectorAll("article.answer").length === n, outputs.length)
    await p.waitForTimeout(700) // formulas and colours come later
    const links = await judge(p, s.url, asked)
    assert.deepEqual(links.filter((l) => !l.startsWith("/c/") && !l.startsWith("https://docs.test.io/")), [])
  })
  await check("also what never passed the gate makes no element and runs nothing", desk, async (p, context) => {
    const asked = []
    context.on("request", (r) => asked.push(r.url()))
    const { session, answer } = await s.ask("Hello")
    await context.route(`**/session/${session}/message`, async (r) => {
      const list = await (await r.fetch()).json()
      const part = list.at(-1).parts.findLast((x) => x.type === "text")
      part.text = outputs.join("\n\n")
      part.metadata = { sources: [{ n: 1, title: "<img src=x onerror=alert(1)>", link: "javascript:alert(1)", uri: "javascript:alert(1)", source: "x", score: 1, cited: true }] }
      await r.fulfill({ json: list })
    })
    await p.goto(`${s.url}/c/${session}?m=${answer.info.id}`)
    await p.waitForSelector(answers)
    await p.waitForTimeout(700)
    const links = await judge(p, s.url, asked)
    assert.ok(links.every((l) => /^https?:|^\/c\/|^#/.test(l)), links.join(" "))
    assert.equal(await p.locator('a[href^="javascript"]').count(), 0)
  })
  await check("a permission, a title and a file with marks in their names are texts", desk, async (p) => {
    const { session } = await s.ask("Hello")
    await s.api("PATCH", `/session/${session}`, { title: "<img src=https://far.example/t onerror=alert(1)>" })
    await p.goto(`${s.url}/c/${session}`)
    await see(p, "<img src")
    assert.equal(await p.locator('img:not([src^="/web/"])').count(), 0)
    await send(p, "remember <b>this</b> of the partial index")
    await p.waitForSelector(".permission")
    assert.equal(await p.locator(".permission b").count(), 0)
    await p.click('.permission >> text="No"')
    await idle(p)
    assert.equal(await p.inputValue(field), "")
  })
}
