package knowledge

import (
	"fmt"
	"strings"
	"time"
)

// Mode selects the legs of a search.
type Mode string

// Modes. ModeHybrid falls back to lexical, with a warning in the answer, while
// there is no embedding space or its provider does not answer.
const (
	ModeHybrid  Mode = "hybrid"
	ModeLexical Mode = "lexical"
	ModeDense   Mode = "dense"
)

// SearchRequest asks for passages. Query understands "phrases", not:word,
// source:, version:, lang: and after: besides words.
type SearchRequest struct {
	Query     string    `json:"query" minLength:"1" maxLength:"4096"`
	Limit     int       `json:"limit,omitempty" minimum:"0" maximum:"1000" doc:"Default 10"`
	Mode      Mode      `json:"mode,omitempty" enum:"hybrid,lexical,dense," doc:"Default hybrid"`
	Sources   []string  `json:"sources,omitempty" doc:"Only these"`
	Versions  []string  `json:"versions,omitempty" doc:"Only pages of these versions; 17 includes 17.2"`
	Languages []string  `json:"languages,omitempty" doc:"Only these"`
	Tags      []string  `json:"tags,omitempty" doc:"Only documents that have all of these"`
	After     time.Time `json:"after,omitzero" doc:"Only documents fetched or published since"`
	Explain   bool      `json:"explain,omitempty" doc:"Show each leg's rank and score"`
	Syntax    bool      `json:"syntax,omitempty" doc:"The query is a query and no text: it may have \"phrases\", not:WORD, source:NAME, version:17, lang:TAG and after:DATE"`
}

// Hit is one passage of an answer, best first.
type Hit struct {
	ChunkID     string    `json:"chunk_id"`
	DocumentID  string    `json:"document_id"`
	URI         string    `json:"uri" doc:"Of the document"`
	Link        string    `json:"link" doc:"URI with the anchor of the passage's heading"`
	Source      string    `json:"source"`
	Title       string    `json:"title"`
	Headings    []string  `json:"headings,omitempty" doc:"Heading path, outermost first"`
	Text        string    `json:"text" doc:"Markdown of the passage"`
	Score       float64   `json:"score" doc:"Fused score, 0 to 1 within one answer"`
	Version     string    `json:"version,omitempty" doc:"Of what the page documents, if it is known"`
	Language    string    `json:"language,omitempty" doc:"BCP 47 tag"`
	FetchedAt   time.Time `json:"fetched_at,omitzero"`
	PublishedAt time.Time `json:"published_at,omitzero"`
	Editions    []Edition `json:"editions,omitempty" doc:"The same passage in other versions, newest first"`
	Lexical     *Leg      `json:"lexical,omitempty"`
	Dense       *Leg      `json:"dense,omitempty"`
}

// Edition is a passage as it is in another version.
type Edition struct {
	Version string `json:"version"`
	Link    string `json:"link"`
	Differs bool   `json:"differs,omitempty" doc:"It has other numbers: a default, a limit"`
}

// VersionLine says in words which version a hit is of, and what the others are:
// "version 17; also in 16, 15 (differs)".
func (h Hit) VersionLine() string { return versionLine(h.Version, h.Editions) }

// VersionLine is that of a hit.
func (p Passage) VersionLine() string { return versionLine(p.Version, p.Editions) }

// maxEditions bounds how many versions a line names.
const maxEditions = 6

func versionLine(version string, editions []Edition) string {
	var others []string
	for i, e := range editions {
		if i == maxEditions {
			others = append(others, fmt.Sprintf("%d more", len(editions)-i))
			break
		}
		s := e.Version
		if e.Differs {
			s += " (differs)"
		}
		others = append(others, s)
	}
	var parts []string
	if version != "" {
		parts = append(parts, "version "+version)
	}
	if len(others) > 0 {
		parts = append(parts, "also in "+strings.Join(others, ", "))
	}
	return strings.Join(parts, "; ")
}

// Leg explains a passage's place in one leg of a search.
type Leg struct {
	Rank  int     `json:"rank" doc:"From 1"`
	Score float64 `json:"score" doc:"BM25, or cosine similarity"`
}

// SearchResponse is the answer to a search.
type SearchResponse struct {
	Hits     []Hit    `json:"hits"`
	Mode     Mode     `json:"mode" doc:"What was done, which may be less than what was asked"`
	Space    string   `json:"space,omitempty" doc:"Embedding space of the dense leg"`
	Millis   float64  `json:"millis"`
	Warnings []string `json:"warnings,omitempty"`
}

// ContextRequest asks for a pack of passages that fits a model's prompt.
type ContextRequest struct {
	SearchRequest
	Tokens int `json:"tokens,omitempty" minimum:"0" maximum:"200000" doc:"Budget; default 4000"`
}

// Passage is one numbered entry of a context, whole passages with their
// neighbours joined in reading order.
type Passage struct {
	N         int       `json:"n" doc:"Citation number, from 1, best document first"`
	ChunkIDs  []string  `json:"chunk_ids"`
	URI       string    `json:"uri"`
	Link      string    `json:"link"`
	Source    string    `json:"source"`
	Title     string    `json:"title"`
	Version   string    `json:"version,omitempty"`
	Editions  []Edition `json:"editions,omitempty" doc:"The same passage in other versions, newest first"`
	Headings  []string  `json:"headings,omitempty"`
	Text      string    `json:"text"`
	Tokens    int       `json:"tokens"`
	Score     float64   `json:"score"`
	FetchedAt time.Time `json:"fetched_at,omitzero"`
}

// ContextResponse is a pack of passages within the budget.
type ContextResponse struct {
	Passages []Passage `json:"passages"`
	Tokens   int       `json:"tokens"`
	Mode     Mode      `json:"mode"`
	Weak     bool      `json:"weak" doc:"Retrieval found nothing that answers with confidence"`
	Millis   float64   `json:"millis"`
	Warnings []string  `json:"warnings,omitempty"`
}

// Space is an embedding space: the vectors of one model.
type Space struct {
	ID         string  `json:"id" doc:"provider/model/dimensions"`
	Provider   string  `json:"provider"`
	Model      string  `json:"model"`
	Dimensions int     `json:"dimensions"`
	Active     bool    `json:"active" doc:"Searches use it"`
	Embedded   int     `json:"embedded" doc:"Passages that have a vector in it"`
	Pending    int     `json:"pending" doc:"Passages that have none yet"`
	Rate       float64 `json:"rate,omitempty" doc:"Passages embedded per second lately"`
	ETASeconds float64 `json:"eta_seconds,omitempty"`
	Error      string  `json:"error,omitempty" doc:"Why pending work does not proceed"`
	Held       string  `json:"held,omitempty" doc:"Why searches do not use it although it is whole: the canaries that they would lose"`
}

// Stats describes the whole database.
type Stats struct {
	Version      string  `json:"version"`
	Store        string  `json:"store" enum:"sqlite,postgres"`
	Engine       string  `json:"engine" doc:"The database by name and version, such as PostgreSQL 17.6 with pgvector 0.8.0"`
	Documents    int     `json:"documents"`
	Chunks       int     `json:"chunks"`
	Pending      int     `json:"pending" doc:"Passages without a vector in the wanted space"`
	Memories     int     `json:"memories"`
	Sessions     int     `json:"sessions"`
	Bytes        int64   `json:"bytes" doc:"Size of the database"`
	Searches     int64   `json:"searches" doc:"Since start"`
	Canaries     int     `json:"canaries" doc:"Asked last, since start"`
	CanariesLost int     `json:"canaries_lost" doc:"Of those, whose page is no longer found"`
	Spaces       []Space `json:"spaces"`
	Lexical      string  `json:"lexical,omitempty" doc:"Why searches are by words alone, where no embedding model is to be had"`
}
