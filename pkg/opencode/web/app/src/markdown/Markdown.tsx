import { createContext, isValidElement, memo, type ReactElement, type ReactNode, useContext, useMemo } from "react"
import ReactMarkdown, { type Components } from "react-markdown"
import remarkGfm from "remark-gfm"
import remarkMath from "remark-math"
import { split } from "./blocks"
import { Code } from "./Code"
import { Maths } from "./Maths"
import { citations, money } from "./plugins"
import "./markdown.css"

/** How [1] and links are drawn where Markdown stands. */
export interface Around {
  cite?: (n: number) => ReactNode
  link?: (href: string, children: ReactNode) => ReactNode
  /** Headings are below the one of an answer, whatever level they were given. */
  answer?: boolean
}

const Surroundings = createContext<Around>({})
export const MarkdownAround = Surroundings.Provider

const plugins = [remarkGfm, remarkMath, money, citations]
// No image is loaded and no element that a text names is made: HTML is shown as it is written.
const forbidden = ["img", "input", "section"]

export interface Range {
  from: number
  to: number
}

/** Markdown of an answer or a document, read block by block. */
export function Markdown({ text, marked, most = Infinity }: { text: string; marked?: Range; most?: number }) {
  const blocks = useMemo(() => split(text), [text])
  return (
    <div className="md" dir="auto">
      {blocks.slice(0, most).map((b, i) => {
        const on = marked && b.at < marked.to && b.at + b.text.trimEnd().length > marked.from
        return on ? (
          <div key={i} className="marked" data-marked>
            <Block text={b.text} />
          </div>
        ) : (
          <Block key={i} text={b.text} />
        )
      })}
    </div>
  )
}

const Block = memo(function Block({ text }: { text: string }) {
  return (
    <ReactMarkdown remarkPlugins={plugins} disallowedElements={forbidden} unwrapDisallowed urlTransform={web} components={components}>
      {text}
    </ReactMarkdown>
  )
})

/** web lets through what leads to the web, and to a place in the same text. */
export function web(href: string): string {
  if (href.startsWith("#")) return href
  try {
    const u = new URL(href)
    return u.protocol === "https:" || u.protocol === "http:" ? u.href : ""
  } catch {
    return ""
  }
}

const text = (n: ReactNode): string =>
  typeof n === "string" || typeof n === "number"
    ? String(n)
    : Array.isArray(n)
      ? n.map(text).join("")
      : isValidElement(n)
        ? text((n as ReactElement<{ children?: ReactNode }>).props.children)
        : ""

/** letters and digits of a heading, as its anchor. */
export const anchor = (s: string) =>
  s
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, "")
    .trim()
    .replace(/\s+/g, "-")

const heading =
  (level: number) =>
  ({ children }: { children?: ReactNode }) => {
    const { answer } = useContext(Surroundings)
    const H = `h${answer ? 3 : level}` as "h2"
    return (
      <H data-anchor={anchor(text(children))} data-level={level}>
        {children}
      </H>
    )
  }

const components: Components = {
  h1: heading(2),
  h2: heading(3),
  h3: heading(4),
  h4: heading(5),
  h5: heading(6),
  h6: heading(6),
  cite: (p) => <Cite n={Number((p as { n?: number }).n)} />,
  a: ({ href, children }) => <Anchor href={href ?? ""}>{children}</Anchor>,
  pre: ({ children }) => {
    const child = (Array.isArray(children) ? children[0] : children) as ReactElement<{ className?: string; children?: ReactNode }> | undefined
    const name = child?.props.className ?? ""
    const body = text(child?.props.children).replace(/\n$/, "")
    if (/math-display|language-math/.test(name)) return <Maths tex={body} display />
    return <Code text={body} lang={/language-(\S+)/.exec(name)?.[1]?.toLowerCase() ?? ""} />
  },
  code: ({ className, children }) =>
    className?.includes("math-inline") ? <Maths tex={text(children)} display={false} /> : <code dir="ltr">{children}</code>,
  table: ({ children }) => (
    <div className="table" role="region" tabIndex={0}>
      <table>{children}</table>
    </div>
  ),
  th: ({ children, style }) => <th data-align={style?.textAlign}>{children}</th>,
  td: ({ children, style }) => <td data-align={style?.textAlign}>{children}</td>,
  p: ({ children }) => <p dir="auto">{children}</p>,
}

function Cite({ n }: { n: number }) {
  const { cite } = useContext(Surroundings)
  return cite?.(n) ?? `[${n}]`
}

function Anchor({ href, children }: { href: string; children: ReactNode }) {
  const { link } = useContext(Surroundings)
  const own = link?.(href, children)
  if (own) return own
  if (!/^https?:/.test(href)) return <span>{children}</span>
  return (
    <a href={href} target="_blank" rel="noopener noreferrer nofollow" title={href}>
      {children}
    </a>
  )
}
