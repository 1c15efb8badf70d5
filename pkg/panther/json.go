package panther

import "github.com/spf13/cobra"

// jsonTopic says what --json prints. A test holds it to the commands that have
// the flag.
func jsonTopic() *cobra.Command {
	return &cobra.Command{Use: "json", Short: "What --json prints, by command", Long: jsonText}
}

const jsonText = `One JSON document on standard output, or one a line where things go on. Fields are added, and none is renamed or removed.
Times are RFC 3339 unless they are numbers, which are milliseconds since 1970. The exit status is the same with and without it.

  ask            one event of OpenCode a line; the last is {type: "panther.answer", session, model, text, sources
                 [{n, title, uri, link, cited}], cost, tokens, error {name, data}}
  changes        {since, pages: [{uri, source, title, kind, from, to, at, changes: [{kind, headings, anchor, name, before, after}], more}]}
  crawl          one event a line: {progress: {source, phase, done, known, counts, rate, finished, waiting, error, seconds,
                 warnings, skipped}}, {note} or {error, hint, status}
  diff           {uri, title, since, before, after, changes}; with --at the document: {uri, source, title, markdown}
  doctor         {checks: [{name, verdict, reason, hint}], problems, warnings}; verdict is ok, note, warning or problem
  logins         [{id, created, expires, owner, remote, browser}]
  memories       [{id, kind, text, created, provenance, superseded_by}]
  memories show  one of these
  search         {hits: [{title, headings, uri, link, source, text, score}], mode, millis, warnings}
  sessions       [{id, title, parentID, owner, cost, tokens, time {created, updated}}]
  sessions list  the same
  sessions show  {session, messages: [{info, parts}]}
  sources        {sources: [{name, kind, location, schedule, tags, documents, chunks, last_run, next_run}], spaces}
  sources list   the same
  sources add    {name, kind, location, file, added}; added is false where it was there already
  sources edit   {name, settings, file}
  sources remove {name, documents}
  sources show   {source, settings, runs, pages: [{uri, outcome, reason}]}
  status         {kind, local, units, database, runtime, problems}
`
