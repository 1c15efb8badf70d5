import { useState } from "react"
import type { SourceDetail } from "../api/types"
import { Modal } from "../shell/Modal"
import { t } from "../text"

interface Change {
  schedule?: string
  version?: string
  tags?: string[]
  include?: string[]
  exclude?: string[]
}

const lines = (s: string) => s.split("\n").map((l) => l.trim()).filter(Boolean)

/** The settings of a source that are changed most. */
export function Edit({ s, onClose, onSave }: { s: SourceDetail; onClose: () => void; onSave: (c: Change) => void }) {
  const had = s.settings
  const [schedule, setSchedule] = useState(had?.schedule ?? "")
  const [version, setVersion] = useState(had?.version ?? "")
  const [tags, setTags] = useState((had?.tags ?? []).join(", "))
  const [include, setInclude] = useState((had?.include ?? []).join("\n"))
  const [exclude, setExclude] = useState((had?.exclude ?? []).join("\n"))
  const save = () => {
    const c: Change = {}
    if (schedule !== (had?.schedule ?? "")) c.schedule = schedule.trim()
    if (version !== (had?.version ?? "")) c.version = version.trim()
    if (tags !== (had?.tags ?? []).join(", ")) c.tags = tags.split(",").map((x) => x.trim()).filter(Boolean)
    if (include !== (had?.include ?? []).join("\n")) c.include = lines(include)
    if (exclude !== (had?.exclude ?? []).join("\n")) c.exclude = lines(exclude)
    if (Object.keys(c).length) onSave(c)
    onClose()
  }
  return (
    <Modal title={t.editSource(s.name)} onClose={onClose}>
      <h2>{t.editSource(s.name)}</h2>
      <form
        onSubmit={(e) => {
          e.preventDefault()
          save()
        }}
      >
        <label>
          {t.scheduleField}
          <input className="field" autoFocus value={schedule} placeholder="0 2 * * *" onChange={(e) => setSchedule(e.target.value)} />
        </label>
        <label>
          {t.versionField}
          <input className="field" value={version} onChange={(e) => setVersion(e.target.value)} />
        </label>
        <label>
          {t.tags}
          <input className="field" value={tags} onChange={(e) => setTags(e.target.value)} />
        </label>
        <label>
          {t.include}
          <textarea className="field" rows={2} value={include} onChange={(e) => setInclude(e.target.value)} />
        </label>
        <label>
          {t.exclude}
          <textarea className="field" rows={2} value={exclude} onChange={(e) => setExclude(e.target.value)} />
        </label>
        <p className="row">
          <button type="button" className="button" onClick={onClose}>
            {t.cancel}
          </button>
          <button type="submit" className="button primary">
            {t.save}
          </button>
        </p>
      </form>
    </Modal>
  )
}
