import { memo, type ReactNode, useMemo } from "react"
import type { Part } from "../api/types"
import type { Entry } from "../live/conversation"
import { type Store, useStore } from "../live/store"
import { Markdown, MarkdownAround } from "../markdown/Markdown"
import { Icon } from "../shell/icons"
import { Menu, Item } from "../shell/Menu"
import { t } from "../text"
import { copy, plain } from "./copy"
import { Chip, SourceCards, sourcesOf } from "./Sources"
import { Work } from "./Work"

export interface Deeds {
  again: (answer: Entry) => void
  edit: (question: Entry) => void
  goOn: () => void
  rate: (answer: Entry, good: boolean) => void
  link: (id: string) => string
}

interface Props {
  store: Store<Entry>
  deeds: Deeds
  busy: boolean
  last: boolean
  queued: boolean
  target: boolean
}

/** One question or answer. It is drawn again only when it changes. */
export const Turn = memo(function Turn({ store, ...rest }: Props) {
  const entry = useStore(store)
  return entry.info.role === "user" ? <Question entry={entry} {...rest} /> : <Answer entry={entry} {...rest} />
})

const said = (parts: Part[]) =>
  parts
    .filter((p) => p.type === "text" && !p.synthetic && !p.ignored)
    .map((p) => p.text ?? "")
    .join("\n\n")

function Question({ entry, deeds, queued, target }: { entry: Entry } & Omit<Props, "store">) {
  const files = entry.parts.filter((p) => p.type === "file")
  return (
    <article className="question" id={entry.info.id} aria-label={t.you} data-target={target || undefined}>
      <div className="bubble" dir="auto">
        {said(entry.parts)}
        {files.length > 0 && <p className="small soft">{files.map((f) => f.filename || f.mime).join(", ")}</p>}
      </div>
      {queued && <span className="small soft">{t.queued}</span>}
      <div className="beside-bubble">
        <Menu label={`${t.menu}: ${t.you}`}>
          <Item icon="copy" onSelect={() => copy(said(entry.parts))}>
            {t.copy}
          </Item>
          <Item icon="edit" onSelect={() => deeds.edit(entry)}>
            {t.edit}
          </Item>
          <Item icon="link" onSelect={() => copy(deeds.link(entry.info.id))}>
            {t.copyLink}
          </Item>
        </Menu>
      </div>
    </article>
  )
}

function Answer({ entry, deeds, busy, last, target }: { entry: Entry } & Omit<Props, "store">) {
  const { info, parts } = entry
  const sources = useMemo(() => sourcesOf(parts), [parts])
  const around = useMemo(
    () => ({
      cite: (n: number): ReactNode => {
        const c = sources.get(n)
        return c ? <Chip c={c} /> : `[${n}]`
      },
      answer: true,
    }),
    [sources],
  )
  const running = busy && last && !info.time.completed
  const text = said(parts)
  const error = info.error
  const fault = error && (error.name === "MessageAbortedError" ? t.stopped : ((error.data?.message as string) ?? error.name))
  return (
    <article className="answer" id={info.id} aria-label={t.answer} aria-busy={running} data-target={target || undefined}>
      <h2 className="unseen">{t.answer}</h2>
      <Work parts={parts} running={running} />
      <MarkdownAround value={around}>
        {parts.map((p) => (p.type === "text" && !p.ignored && !p.synthetic ? <Markdown key={p.id} text={p.text ?? ""} /> : null))}
      </MarkdownAround>
      {fault && (
        <div className="card warn fault" role="alert">
          <p>{fault}</p>
          {typeof error?.data?.hint === "string" && <p className="small">{error.data.hint}</p>}
          {last && !busy && (
            <p className="row">
              {text && (
                <button type="button" className="button" onClick={deeds.goOn}>
                  {t.goOn}
                </button>
              )}
              <button type="button" className="button" onClick={() => deeds.again(entry)}>
                {t.again}
              </button>
            </p>
          )}
        </div>
      )}
      <SourceCards sources={[...sources.values()].filter((c) => c.cited).sort((a, b) => a.n - b.n)} />
      {!running && text && <Foot entry={entry} text={text} deeds={deeds} cites={sources.size > 0} />}
    </article>
  )
}

function Foot({ entry, text, deeds, cites }: { entry: Entry; text: string; deeds: Deeds; cites: boolean }) {
  const { info } = entry
  const tokens = info.tokens ? info.tokens.input + info.tokens.output + info.tokens.reasoning : 0
  return (
    <footer className="deeds">
      <button type="button" className="plain" aria-label={t.copyMarkdown} onClick={() => copy(text)}>
        <Icon name="copy" />
      </button>
      <button type="button" className="plain" aria-label={t.again} onClick={() => deeds.again(entry)}>
        <Icon name="again" />
      </button>
      {cites && (
        <>
          <button type="button" className="plain" aria-label={t.good} onClick={() => deeds.rate(entry, true)}>
            <Icon name="good" />
          </button>
          <button type="button" className="plain" aria-label={t.bad} onClick={() => deeds.rate(entry, false)}>
            <Icon name="bad" />
          </button>
        </>
      )}
      <Menu label={`${t.menu}: ${t.answer}`}>
        <Item icon="copy" onSelect={() => copy(plain(text))}>
          {t.copyText}
        </Item>
        <Item icon="link" onSelect={() => copy(deeds.link(info.id))}>
          {t.copyLink}
        </Item>
      </Menu>
      <span className="small soft num">
        {info.modelID && info.modelID !== "extractive" ? info.modelID : ""}
        {tokens > 0 && ` · ${t.tokens(tokens.toLocaleString())}`}
        {info.cost ? ` · $${info.cost.toFixed(info.cost < 0.01 ? 4 : 2)}` : ""}
      </span>
    </footer>
  )
}
