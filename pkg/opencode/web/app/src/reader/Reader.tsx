import { useQuery } from "@tanstack/react-query"
import { Link } from "@tanstack/react-router"
import { useEffect, useMemo, useRef, useState } from "react"
import type { DocumentView } from "../api/types"
import { place } from "../ask/Sources"
import { MarkdownAround, Markdown } from "../markdown/Markdown"
import { Fault } from "../shell/Fault"
import { Icon } from "../shell/icons"
import { Item, Menu } from "../shell/Menu"
import { moment, t } from "../text"
import { documentQuery, original, range } from "./data"
import { Difference } from "./Difference"
import "./reader.css"

const atOnce = 120 // blocks that are drawn first

/** A stored document, scrolled to the passage that was cited. */
export default function Reader({ uri, passage, onClose }: { uri: string; passage?: string; onClose?: () => void }) {
  const found = useQuery(documentQuery(uri, passage))
  const [other, setOther] = useState<string | null>(null)
  useEffect(() => setOther(null), [uri])
  useEffect(() => {
    if (!onClose) return
    const f = (e: KeyboardEvent) => e.key === "Escape" && !e.defaultPrevented && onClose()
    addEventListener("keydown", f)
    return () => removeEventListener("keydown", f)
  }, [onClose])
  const d = found.data
  const at = useMemo(() => (d ? range(d, passage) : undefined), [d, passage])
  const link = d && original(d, at)
  return (
    <section className="reader" aria-label={t.reader}>
      <header className="bar">
        {onClose && (
          <button type="button" className="plain" aria-label={t.close} onClick={onClose}>
            <Icon name="close" />
          </button>
        )}
        <h1>
          <bdi>{d?.title ?? t.reader}</bdi>
        </h1>
        {d && (
          <>
            {d.headings.length > 1 && <Outline d={d} />}
            {link && (
              <a className="plain" href={link} target="_blank" rel="noopener noreferrer nofollow" aria-label={t.original}>
                <Icon name="out" />
              </a>
            )}
            <Link to="/" search={{ q: t.about(d.title) }} className="plain" aria-label={t.askAbout}>
              <Icon name="ask" />
            </Link>
          </>
        )}
      </header>
      <div className="scroll paper" tabIndex={0}>
        {found.isPending && <p className="soft">{t.loading}</p>}
        {found.error && <Fault error={found.error} retry={() => void found.refetch()} />}
        {d && (
          <>
            <p className="facts small soft">
              <bdi>{place(d.link || d.uri)}</bdi>
              {` · ${d.source}`}
              {d.version && ` · ${d.version}`}
              {d.fetched && ` · ${t.readAt(moment(d.fetched))}`}
            </p>
            {d.deleted && <p className="card warn">{t.documentGone(moment(d.deleted))}</p>}
            {d.versions.length > 1 && <Versions d={d} comparing={other} onCompare={setOther} />}
            {other ? <Difference from={other} to={d} /> : <Body d={d} at={at} key={`${uri} ${passage}`} />}
            {d.truncated && <p className="soft">{t.truncated}</p>}
          </>
        )}
      </div>
    </section>
  )
}

function Body({ d, at }: { d: DocumentView; at?: { from: number; to: number } }) {
  const [most, setMost] = useState(at ? Math.max(atOnce, Math.ceil(at.to / 40)) : atOnce)
  const box = useRef<HTMLDivElement>(null)
  useEffect(() => {
    box.current?.querySelector("[data-marked]")?.scrollIntoView({ block: "center" })
  }, [at])
  useEffect(() => {
    if (most * 2 > d.markdown.length) return
    const timer = setTimeout(() => setMost((m) => m * 2), 100)
    return () => clearTimeout(timer)
  }, [most, d])
  const around = useMemo(
    () => ({
      cite: (n: number) => `[${n}]`,
      link: (href: string, children: React.ReactNode) =>
        href.startsWith("#") ? (
          <a
            href={href}
            onClick={(e) => {
              e.preventDefault()
              jump(box.current, decodeURIComponent(href.slice(1)))
            }}
          >
            {children}
          </a>
        ) : null,
    }),
    [],
  )
  return (
    <div ref={box}>
      {!/^\s*#\s/.test(d.markdown) && <h2 className="headline">{d.title}</h2>}
      <MarkdownAround value={around}>
        <Markdown text={d.markdown} marked={at} most={most} />
      </MarkdownAround>
    </div>
  )
}

/** jump goes to a heading, where there is one of that name. */
function jump(within: Element | null, anchor: string) {
  within?.querySelector(`[data-anchor="${CSS.escape(anchor)}"]`)?.scrollIntoView({ block: "start" })
}

function Outline({ d }: { d: DocumentView }) {
  return (
    <Menu label={t.outline} icon="outline">
      {d.headings.slice(0, 200).map((h, i) => (
        <Item
          key={i}
          onSelect={() => {
            const of = d.headings.slice(0, i).filter((x) => x.title === h.title).length
            const all = [...document.querySelectorAll<HTMLElement>(".reader .md :is(h2, h3, h4, h5, h6)")].filter((e) => e.textContent?.trim() === h.title.trim())
            ;(all[of] ?? all[0])?.scrollIntoView({ block: "start" })
          }}
        >
          <span data-level={h.level}>{h.title}</span>
        </Item>
      ))}
    </Menu>
  )
}

function Versions({ d, comparing, onCompare }: { d: DocumentView; comparing: string | null; onCompare: (uri: string | null) => void }) {
  return (
    <div className="row versions">
      <span className="small soft">{t.versions}</span>
      {d.versions.map((v) =>
        v.uri === d.uri ? (
          <b key={v.uri} className="small">
            {v.version || t.thisOne}
          </b>
        ) : (
          <button key={v.uri} type="button" className="button small" aria-pressed={comparing === v.uri} onClick={() => onCompare(comparing === v.uri ? null : v.uri)}>
            {comparing === v.uri ? t.compared(v.version) : t.compare(v.version)}
          </button>
        ),
      )}
    </div>
  )
}
