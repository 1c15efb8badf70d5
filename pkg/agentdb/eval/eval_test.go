package eval

import (
	"log/slog"
	"math"
	"os"
	"path/filepath"
	"testing"

	"panther/pkg/agentdb/engine"
	"panther/pkg/agentdb/sqlite"
	"panther/pkg/knowledge"
)

func TestMeasures(t *testing.T) {
	t.Parallel()
	judged := map[string]int{"a": 2, "b": 1, "c": 1}
	ranked := []string{"x", "b", "a"}
	for name, tc := range map[string][2]float64{
		"ndcg":           {ndcg(ranked, judged, 10), (1/math.Log2(3) + 2/math.Log2(4)) / (2 + 1/math.Log2(3) + 1/math.Log2(4))},
		"ndcg cut":       {ndcg(ranked, judged, 1), 0},
		"recall":         {recall(ranked, judged, 20), 2. / 3},
		"recall cut":     {recall(ranked, judged, 2), 1. / 3},
		"reciprocal":     {reciprocalRank(ranked, judged, 10), .5},
		"reciprocal cut": {reciprocalRank(ranked, judged, 1), 0},
	} {
		if math.Abs(tc[0]-tc[1]) > 1e-12 {
			t.Errorf("%s is %g, want %g", name, tc[0], tc[1])
		}
	}
}

func TestRun(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for name, content := range map[string]string{
		"corpus.jsonl":  `{"_id":"a/1","title":"Partial index","text":"# not a heading"}` + "\n" + `{"_id":"b","title":"","text":"a vacuum"}` + "\n",
		"queries.jsonl": `{"_id":"q1","text":"what is a partial index?"}` + "\n" + `{"_id":"q2","text":"unjudged"}` + "\n",
		"qrels.tsv":     "query-id\tcorpus-id\tscore\nq1\ta/1\t1\nq1\tb\t0\n",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	c, err := Load(dir)
	if err != nil || len(c.Documents) != 2 || len(c.Queries) != 1 {
		t.Fatalf("collection %+v, %v", c, err)
	}
	s, err := sqlite.Open(t.Context(), filepath.Join(dir, "x.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	r, err := Run(t.Context(), engine.New(s, nil, slog.New(slog.DiscardHandler)), c, []knowledge.Mode{knowledge.ModeLexical}, func(string) {})
	if err != nil || r.Modes[knowledge.ModeLexical].NDCG10 != 1 {
		t.Errorf("report %+v, %v", r, err)
	}
}
