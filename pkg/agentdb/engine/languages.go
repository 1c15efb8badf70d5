package engine

import (
	"cmp"
	"context"
	"slices"
	"time"

	"panther/pkg/agentdb/store"
	"panther/pkg/knowledge"
	"panther/pkg/search"
)

// languages are those of the documents, as last read.
type languages struct {
	tags []string
	at   time.Time
}

// languages returns the languages that documents are in. Another machine may have
// stored one in a new language since.
func (e *Engine) languages(ctx context.Context) ([]string, error) {
	e.mu.Lock()
	l := e.spoken
	e.mu.Unlock()
	if !l.at.IsZero() && time.Since(l.at) < activeTTL {
		return l.tags, nil
	}
	l = languages{at: time.Now()}
	var err error
	if l.tags, err = e.store.Languages(ctx); err != nil {
		return nil, err
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	e.spoken = l
	return l.tags, nil
}

// stored tells of documents that are about to be searched.
func (e *Engine) stored(docs []store.DocumentWrite) {
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, d := range docs {
		if !slices.Contains(e.spoken.tags, d.Language) {
			e.spoken = languages{}
			return
		}
	}
}

// vocabularyRange is how many words of the index that begin alike are looked at.
const vocabularyRange = 200

// read reads a query as the index of a corpus understands it. Memories have plain
// terms: they are short, and what an agent writes is in no known language.
func (e *Engine) read(ctx context.Context, c store.Corpus, q search.Query) (search.Reading, error) {
	if c == store.MemoryCorpus {
		return q.In(nil, nil)
	}
	langs, err := e.languages(ctx)
	if err != nil {
		return search.Reading{}, err
	}
	read, err := q.In(langs, func(terms, prefixes []string) (map[string]int, error) {
		return e.store.Vocabulary(ctx, terms, prefixes, vocabularyRange)
	})
	if err == nil {
		read.Names(q)
	}
	return read, err
}

// withLanguage fills in the language of a document of which nobody said it.
func withLanguage(d knowledge.Document) knowledge.Document {
	if !search.IsLanguage(d.Language) {
		d.Language = cmp.Or(search.Detect(d.Title+"\n\n"+d.Markdown), d.Language)
	}
	return d
}
