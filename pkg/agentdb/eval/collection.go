// Package eval measures ranking on judged collections in BEIR's layout: a folder
// with corpus.jsonl, queries.jsonl and qrels.tsv. The documents go through the
// same engine and store as any other, each as one passage, and every query is an
// ordinary search; the measures are those of trec_eval.
package eval

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// Collection is a judged collection.
type Collection struct {
	Name      string
	Documents []Document
	Queries   []Query                   // those with at least one relevant document
	Judged    map[string]map[string]int // query, document: grade above 0
}

// Document is an entry of the corpus.
type Document struct {
	ID    string `json:"_id"`
	Title string `json:"title"`
	Text  string `json:"text"`
}

// Query is a judged question.
type Query struct {
	ID   string `json:"_id"`
	Text string `json:"text"`
}

// Load reads a collection. The judgements may also lie in qrels/test.tsv, as
// BEIR's archives have them.
func Load(dir string) (*Collection, error) {
	abs, err := filepath.Abs(dir)
	if err != nil {
		return nil, fmt.Errorf("read collection: %w", err)
	}
	c := &Collection{Name: filepath.Base(abs)}
	if c.Documents, err = readLines[Document](filepath.Join(dir, "corpus.jsonl")); err != nil {
		return nil, err
	}
	all, err := readLines[Query](filepath.Join(dir, "queries.jsonl"))
	if err != nil {
		return nil, err
	}
	if c.Judged, err = readJudgements(filepath.Join(dir, "qrels.tsv")); errors.Is(err, fs.ErrNotExist) {
		c.Judged, err = readJudgements(filepath.Join(dir, "qrels", "test.tsv"))
	}
	if err != nil {
		return nil, err
	}
	for _, q := range all {
		if len(c.Judged[q.ID]) > 0 {
			c.Queries = append(c.Queries, q)
		}
	}
	if len(c.Queries) == 0 {
		return nil, fmt.Errorf("read collection %s: no query has a judgement", dir)
	}
	return c, nil
}

func readLines[T any](path string) ([]T, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read collection: %w", err)
	}
	var out []T
	for i, line := range bytes.Split(b, []byte("\n")) {
		if len(bytes.TrimSpace(line)) == 0 {
			continue
		}
		var v T
		if err := json.Unmarshal(line, &v); err != nil {
			return nil, fmt.Errorf("read %s:%d: %w", path, i+1, err)
		}
		out = append(out, v)
	}
	return out, nil
}

func readJudgements(path string) (map[string]map[string]int, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("read collection: %w", err)
	}
	defer f.Close()
	out := map[string]map[string]int{}
	lines := bufio.NewScanner(f)
	for n := 1; lines.Scan(); n++ {
		cols := strings.Split(lines.Text(), "\t")
		if len(cols) != 3 || n == 1 && cols[2] == "score" {
			if n == 1 || lines.Text() == "" {
				continue
			}
			return nil, fmt.Errorf("read %s:%d: %d columns, want 3", path, n, len(cols))
		}
		grade, err := strconv.Atoi(cols[2])
		if err != nil {
			return nil, fmt.Errorf("read %s:%d: %w", path, n, err)
		}
		if grade <= 0 {
			continue
		}
		if out[cols[0]] == nil {
			out[cols[0]] = map[string]int{}
		}
		out[cols[0]][cols[1]] = grade
	}
	return out, lines.Err()
}
