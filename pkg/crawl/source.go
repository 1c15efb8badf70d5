package crawl

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"panther/pkg/crawl/confluence"
	"panther/pkg/crawl/feed"
	"panther/pkg/crawl/files"
	"panther/pkg/crawl/frontier"
	"panther/pkg/crawl/git"
	"panther/pkg/crawl/source"
	"panther/pkg/crawl/visit"
	"panther/pkg/crawl/web"
	"panther/pkg/knowledge"
	"panther/pkg/sd"
)

// keys of a frontier's meta values.
const (
	metaStarted  = "started"  // of the last run
	metaFinished = "finished" // the run that finished last, by its identifier
	metaRun      = "run"      // the run that began last
)

func (j *job) frontierPath(s source.Source) string { return filepath.Join(j.state, s.Name+".db") }

// lastRun returns when the last run of a source started, and whether it was
// interrupted. A source that is being visited counts as just visited.
func (j *job) lastRun(s source.Source) (last time.Time, unfinished bool) {
	meta, err := frontier.ReadMeta(j.frontierPath(s))
	if errors.Is(err, frontier.ErrBusy) {
		return j.now(), false
	}
	if err != nil || meta[metaRun] == "" {
		return time.Time{}, false // there is none, or the visit reports what is wrong
	}
	last, _ = time.Parse(time.RFC3339, meta[metaStarted])
	return last, meta[metaRun] != meta[metaFinished]
}

// visitor returns what visits sources of that kind.
func (j *job) visitor(s source.Source) (visit.Visitor, func(*frontier.Record) bool, error) {
	auth, secret, err := j.authorization(s)
	if err != nil {
		return nil, nil, err
	}
	switch s.Kind {
	case source.Web:
		v, err := web.New(s, j.cfg.userAgent(), auth)
		if err != nil {
			return nil, nil, err
		}
		v.ArchiveDir = filepath.Join(j.state, "archive")
		return v, web.Again, nil
	case source.Files:
		return files.New(s), nil, nil
	case source.Git:
		return git.New(s, j.state, secret), nil, nil
	case source.Feed:
		return feed.New(s, j.cfg.userAgent(), auth), none, nil
	case source.Confluence:
		return confluence.New(s, j.cfg.userAgent(), auth), nil, nil
	}
	return nil, nil, fmt.Errorf("kind %s is not known", s.Kind)
}

// none is what a feed visits again: entries that leave it stay as they are.
func none(*frontier.Record) bool { return false }

// authorization returns the source's credential and the header that it makes.
func (j *job) authorization(s source.Source) (header, secret string, err error) {
	if s.Credential == "" {
		return "", "", nil
	}
	if secret, err = j.env.Credential(s.Credential); err != nil {
		return "", "", sd.Hint(err, "add LoadCredential="+s.Credential+":PATH to panther-crawl.service; see: systemctl status opnix-secrets")
	}
	if s.User != "" {
		return "Basic " + base64.StdEncoding.EncodeToString([]byte(s.User+":"+secret)), secret, nil
	}
	return "Bearer " + secret, secret, nil
}

// visit visits one source and logs how it went.
func (j *job) visit(ctx context.Context, s source.Source) error {
	log := j.env.Log.With("source", s.Name)
	f, err := frontier.Open(j.frontierPath(s))
	if err != nil {
		return err
	}
	defer f.Close()
	visitor, again, err := j.visitor(s)
	if err != nil {
		return err
	}
	f.SetLimit(frontier.Limit{Concurrency: s.Concurrency, Delay: s.Delay.D()}, s.MaxPages)
	opt := visit.Options{Source: s, Frontier: f, Store: j.store, Log: log, Again: again, AnyLoss: j.opt.AcceptRemovals,
		Defects: filepath.Join(j.state, "defects")}
	opt.Run, opt.Started = j.runOf(f)
	if err := j.reconcile(ctx, s, f); err != nil {
		return err
	}
	v, err := visit.Start(ctx, opt)
	if err != nil {
		return err
	}
	if err := f.SetMeta(metaStarted, opt.Started.Format(time.RFC3339)); err != nil {
		return err
	}
	log.Info("crawl started", "run_id", opt.Run, "resumed", v.Resumed)
	j.enter(s.Name, v)
	run, err := v.Do(ctx, visitor)
	j.leave(s.Name, v, err)
	if err == nil || errors.Is(err, visit.ErrSource) {
		err = errors.Join(err, f.SetMeta(metaFinished, opt.Run), f.Sync())
	}
	j.logRun(log.With("run_id", opt.Run), run, err)
	return err
}

// runOf returns the run that was interrupted, or a new one.
func (j *job) runOf(f *frontier.Frontier) (id string, started time.Time) {
	if id = f.Meta(metaRun); id != "" && id != f.Meta(metaFinished) {
		if t, err := time.Parse(time.RFC3339, f.Meta(metaStarted)); err == nil {
			return id, t
		}
	}
	return knowledge.NewID("run"), j.now().UTC().Truncate(time.Second)
}

// reconcile forgets what was delivered and is not there any more: agentdb may
// have another database than last night.
func (j *job) reconcile(ctx context.Context, s source.Source, f *frontier.Frontier) error {
	if j.db == nil {
		return nil
	}
	known := map[string][]*frontier.Record{}
	n := 0
	f.Each(func(r *frontier.Record) {
		if r.Live() {
			known[r.URI] = append(known[r.URI], r)
			n++
		}
	})
	if n == 0 {
		return nil
	}
	for sel := (knowledge.ListDocuments{Source: s.Name, Limit: 1000}); ; {
		l, err := j.db.Documents(ctx, sel)
		if err != nil {
			return fmt.Errorf("list documents: %w", err)
		}
		for _, d := range l.Documents {
			delete(known, d.URI)
		}
		if sel.After = l.Next; l.Next == "" {
			break
		}
	}
	for _, recs := range known {
		for _, r := range recs {
			err := f.Update(r, func(r *frontier.Record) { r.Hash, r.ETag, r.Modified = "", "", "" })
			if err != nil {
				return err
			}
		}
	}
	if len(known) > 0 {
		j.env.Log.Warn("documents are missing from agentdb", "source", s.Name, "documents", len(known), "hint", "they are read and sent again")
	}
	return nil
}
