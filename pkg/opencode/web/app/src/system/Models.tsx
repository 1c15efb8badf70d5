import { useQuery } from "@tanstack/react-query"
import { useState } from "react"
import { api } from "../api/client"
import type { ModelList, ModelTest } from "../api/types"
import { Fault } from "../shell/Fault"
import { t } from "../text"

/** The language models, each with a question of a few tokens that tells whether it works. */
export function Models() {
  const found = useQuery({ queryKey: ["models"], queryFn: ({ signal }) => api<ModelList>("GET", "/panther/v1/models", undefined, signal) })
  const [tests, setTests] = useState<Record<string, ModelTest | Error | null>>({})
  const test = async (model: string) => {
    setTests((was) => ({ ...was, [model]: null }))
    const result = await api<ModelTest>("POST", "/panther/v1/models/test", { model }).catch((e: Error) => e)
    setTests((was) => ({ ...was, [model]: result }))
  }
  return (
    <section className="group">
      <h2>{t.models}</h2>
      {found.error && <Fault error={found.error} retry={() => void found.refetch()} />}
      {found.data && !found.data.models.length && (
        <div className="card">
          <p>{t.noModels}</p>
          {found.data.hint && <p className="small soft hint">{found.data.hint}</p>}
        </div>
      )}
      <ul className="models">
        {found.data?.models.map((m) => (
          <li key={m.id}>
            <div>
              <b>{m.name || m.id}</b> {m.id === found.data.model && <span className="tag">{t.answers}</span>}
              <p className="small soft num">
                {m.id} · {t.context(m.context)}
                {m.cost.input ? ` · $${m.cost.input} / $${m.cost.output}` : ""}
              </p>
              <Result of={tests[m.id]} />
            </div>
            <button type="button" className="button" disabled={tests[m.id] === null} onClick={() => void test(m.id)}>
              {tests[m.id] === null ? t.testing : t.test}
              <span className="unseen"> {m.id}</span>
            </button>
          </li>
        ))}
      </ul>
    </section>
  )
}

function Result({ of: r }: { of?: ModelTest | Error | null }) {
  if (!r) return null
  if (r instanceof Error) return <p className="small warn">{r.message}</p>
  return r.ok ? (
    <p className="small good" role="status">
      {t.works(r.millis)} {r.answer && <q>{r.answer.slice(0, 120)}</q>}
    </p>
  ) : (
    <p className="small warn" role="status">
      {r.error} {r.hint}
    </p>
  )
}
