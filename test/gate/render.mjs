// Renders each text of a file as clients do, with everything let through, and fails where something is live that a gate
// may not have let out: an element that Markdown has not, an attribute, or a link to an address that was not given.
import { createReadStream } from "node:fs";
import { createInterface } from "node:readline";
import MarkdownIt from "markdown-it";
import { micromark } from "micromark";
import { gfm, gfmHtml } from "micromark-extension-gfm";
import { unified } from "unified";
import remarkParse from "remark-parse";
import remarkGfm from "remark-gfm";
import remarkRehype from "remark-rehype";
import rehypeStringify from "rehype-stringify";
import { marked } from "marked";
import * as commonmark from "commonmark";

const it = new MarkdownIt({ html: true, linkify: true });
it.linkify.set({ fuzzyLink: false }); // names without a scheme are a guess of some renderers, and lead nowhere by themselves
it.validateLink = () => true;
const remark = unified().use(remarkParse).use(remarkGfm).use(remarkRehype, { allowDangerousHtml: true }).use(rehypeStringify, { allowDangerousHtml: true });
const parser = new commonmark.Parser(), writer = new commonmark.HtmlRenderer();
const readers = {
  "markdown-it": (s) => it.render(s),
  micromark: (s) => micromark(s, { allowDangerousHtml: true, allowDangerousProtocol: true, extensions: [gfm()], htmlExtensions: [gfmHtml({ tagfilter: false })] }),
  remark: (s) => String(remark.processSync(s)),
  marked: (s) => marked.parse(s, { gfm: true, async: false }),
  "commonmark.js": (s) => writer.render(parser.parse(s)),
};
const plain = new Set("p h1 h2 h3 h4 h5 h6 ul ol li blockquote pre code em strong del s hr br a table thead tbody tr th td input".split(" "));
const given = new Set(["https://docs.test.io/a", "https://docs.test.io/more?x=1", "https://docs.test.io/b_(c)", "file:///home/me/notes.md"]);
const text = (s) => s.replace(/&(amp|lt|gt|quot|#39|#x27|#x26|#38);/g, (_, n) => ({ amp: "&", lt: "<", gt: ">", quot: '"', "#39": "'", "#x27": "'", "#x26": "&", "#38": "&" })[n]);

function live(html) {
  const found = [];
  for (const m of html.matchAll(/<(?:!|\?|\/?([a-zA-Z][^\s/>]*)((?:[^>"']|"[^"]*"|'[^']*')*))>?/g)) {
    const tag = (m[1] || "!").toLowerCase();
    if (!plain.has(tag)) found.push(m[0]);
    for (const a of (m[2] || "").matchAll(/([^\s=/"']+)(?:\s*=\s*("[^"]*"|'[^']*'|[^\s>]+))?/g)) {
      const value = text((a[2] || "").replace(/^["']|["']$/g, ""));
      if (a[1] === "href" && tag === "a") {
        const own = !/^[a-z][a-z0-9+.-]*:/i.test(value) && !/^\s*[/\\]{2}/.test(decode(value));
        if (!own && !given.has(value)) found.push("link to " + value);
      } else if (!["align", "start", "class", "type", "checked", "disabled", "style"].includes(a[1])) found.push(a[1] + "= of <" + tag + ">");
    }
  }
  return found;
}

function decode(s) {
  try { return decodeURIComponent(s); } catch { return s; }
}

let texts = 0, failed = 0;
for await (const line of createInterface({ input: createReadStream(process.argv[2]) })) {
  const [source, ...outputs] = JSON.parse(line);
  texts++;
  for (const md of outputs)
    for (const [name, render] of Object.entries(readers)) {
      const html = render(md), found = live(html);
      if (found.length && failed++ < 5) console.error(`${name}: ${JSON.stringify(source)}\n  became ${JSON.stringify(md)}\n  has ${found.join(", ")}\n  in ${html}`);
    }
}
if (failed || !texts) {
  console.error(`${failed} of ${texts} texts`);
  process.exit(1);
}
console.log(`ok gate: ${texts} texts by ${Object.keys(readers).join(", ")}`);
