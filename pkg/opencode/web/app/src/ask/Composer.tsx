import { useQuery } from "@tanstack/react-query"
import { type ChangeEvent, type ClipboardEvent, type DragEvent, type ReactNode, useEffect, useLayoutEffect, useRef, useState } from "react"
import { agentsQuery, providersQuery } from "../api/queries"
import type { PromptPart } from "../api/types"
import { Icon } from "../shell/icons"
import { fail } from "../shell/toast"
import { t } from "../text"
import { readFile } from "./files"
import "./composer.css"

export interface Question {
  parts: PromptPart[]
  agent?: string
  model?: { providerID: string; modelID: string }
}

interface Props {
  draft: string
  setDraft: (v: string) => void
  busy: boolean
  onSend: (q: Question) => void
  onStop?: () => void
  above?: ReactNode
  focus?: boolean
}

/** Where questions are written. Enter asks, also while an answer is written; the square stops. */
export function Composer({ draft, setDraft, busy, onSend, onStop, above, focus }: Props) {
  const field = useRef<HTMLTextAreaElement>(null)
  const picker = useRef<HTMLInputElement>(null)
  const [files, setFiles] = useState<PromptPart[]>([])
  const [agent, setAgent] = useState("")
  const [model, setModel] = useState("")
  const agents = useQuery(agentsQuery).data ?? []
  const providers = useQuery(providersQuery).data?.providers ?? []
  const models = providers.flatMap((p) => Object.values(p.models).map((m) => ({ ref: `${p.id}/${m.id}`, name: m.name || m.id })))

  useLayoutEffect(() => {
    const f = field.current!
    f.style.height = "auto"
    f.style.height = `${f.scrollHeight}px`
  }, [draft])
  useEffect(() => {
    if (focus && matchMedia("(hover: hover)").matches) field.current?.focus()
  }, [focus])

  const submit = () => {
    const text = draft.trim()
    if (!text) return
    const at = model.indexOf("/")
    onSend({
      parts: [{ type: "text", text }, ...files],
      agent: agent || undefined,
      model: model ? { providerID: model.slice(0, at), modelID: model.slice(at + 1) } : undefined,
    })
    setDraft("")
    setFiles([])
  }
  const add = async (list: Iterable<File>) => {
    for (const f of list) {
      try {
        const part = await readFile(f)
        setFiles((was) => [...was, part])
      } catch (e) {
        fail(e)
      }
    }
  }
  return (
    <form
      className="composer"
      onSubmit={(e) => {
        e.preventDefault()
        submit()
      }}
      onDragOver={(e) => e.preventDefault()}
      onDrop={(e: DragEvent) => {
        e.preventDefault()
        void add(e.dataTransfer.files)
      }}
    >
      {above}
      <div className="box">
        {files.length > 0 && (
          <ul className="files">
            {files.map((f, i) => (
              <li key={i}>
                <span>{f.filename}</span>
                <button type="button" className="plain" aria-label={t.removeFile(f.filename ?? "")} onClick={() => setFiles(files.toSpliced(i, 1))}>
                  <Icon name="close" />
                </button>
              </li>
            ))}
          </ul>
        )}
        <textarea
          ref={field}
          rows={1}
          dir="auto"
          value={draft}
          placeholder={t.placeholder}
          aria-label={t.question}
          enterKeyHint="send"
          maxLength={100_000}
          onChange={(e) => setDraft(e.target.value)}
          onPaste={(e: ClipboardEvent) => {
            if (!e.clipboardData.files.length) return
            e.preventDefault()
            void add(e.clipboardData.files)
          }}
          onKeyDown={(e) => {
            if (e.key !== "Enter" || e.shiftKey || e.nativeEvent.isComposing) return
            e.preventDefault()
            submit()
          }}
        />
        <div className="tools">
          <button type="button" className="plain" aria-label={t.attach} onClick={() => picker.current?.click()}>
            <Icon name="clip" />
          </button>
          <input
            ref={picker}
            type="file"
            multiple
            hidden
            onChange={(e: ChangeEvent<HTMLInputElement>) => {
              void add(e.target.files ?? [])
              e.target.value = ""
            }}
          />
          {agents.length > 1 && <Choice name={t.agent} none={t.defaultAgent} value={agent} onChange={setAgent} options={agents.map((a) => ({ value: a.name, label: a.name }))} />}
          {models.length > 1 && <Choice name={t.model} none={t.defaultModel} value={model} onChange={setModel} options={models.map((m) => ({ value: m.ref, label: m.name }))} />}
          <span className="gap" />
          {busy && onStop && (
            <button type="button" className="round stop" aria-label={t.stop} onClick={onStop}>
              <Icon name="stop" />
            </button>
          )}
          {(!busy || draft.trim() !== "") && (
            <button type="submit" className="round" aria-label={busy ? t.queue : t.send} disabled={!draft.trim()}>
              <Icon name="up" />
            </button>
          )}
        </div>
      </div>
    </form>
  )
}

function Choice({ name, none, value, options, onChange }: { name: string; none: string; value: string; options: { value: string; label: string }[]; onChange: (v: string) => void }) {
  return (
    <select className="choice" aria-label={name} value={value} onChange={(e) => onChange(e.target.value)}>
      <option value="">{none}</option>
      {options.map((o) => (
        <option key={o.value} value={o.value}>
          {o.label}
        </option>
      ))}
    </select>
  )
}
