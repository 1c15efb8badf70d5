package eval

import (
	"math"
	"slices"
	"time"
)

// Measures are means over the queries of a collection.
type Measures struct {
	NDCG10    float64 `json:"ndcg_at_10"`
	Recall20  float64 `json:"recall_at_20"`
	Recall100 float64 `json:"recall_at_100"`
	MRR10     float64 `json:"mrr_at_10"`
	P50       float64 `json:"p50_ms"`
	P95       float64 `json:"p95_ms"`
}

// measured is one query's ranking, best first, with its judgements.
type measured struct {
	ranked []string
	judged map[string]int
	took   time.Duration
}

func mean(ms []measured) Measures {
	var out Measures
	times := make([]float64, 0, len(ms))
	for _, m := range ms {
		out.NDCG10 += ndcg(m.ranked, m.judged, 10)
		out.Recall20 += recall(m.ranked, m.judged, 20)
		out.Recall100 += recall(m.ranked, m.judged, 100)
		out.MRR10 += reciprocalRank(m.ranked, m.judged, 10)
		times = append(times, float64(m.took.Microseconds())/1000)
	}
	n := float64(len(ms))
	out.NDCG10, out.Recall20, out.Recall100, out.MRR10 = out.NDCG10/n, out.Recall20/n, out.Recall100/n, out.MRR10/n
	slices.Sort(times)
	out.P50, out.P95 = times[len(times)/2], times[len(times)*95/100]
	return out
}

// ndcg is the discounted gain of the first k over that of the best order, with
// the grade as gain and log2(rank+1) as discount (trec_eval's ndcg_cut).
func ndcg(ranked []string, judged map[string]int, k int) float64 {
	var got, best float64
	for i, id := range ranked[:min(k, len(ranked))] {
		got += float64(judged[id]) / math.Log2(float64(i+2))
	}
	grades := make([]int, 0, len(judged))
	for _, g := range judged {
		grades = append(grades, g)
	}
	slices.Sort(grades)
	slices.Reverse(grades)
	for i, g := range grades[:min(k, len(grades))] {
		best += float64(g) / math.Log2(float64(i+2))
	}
	if best == 0 {
		return 0
	}
	return got / best
}

func recall(ranked []string, judged map[string]int, k int) float64 {
	n := 0
	for _, id := range ranked[:min(k, len(ranked))] {
		if judged[id] > 0 {
			n++
		}
	}
	return float64(n) / float64(len(judged))
}

func reciprocalRank(ranked []string, judged map[string]int, k int) float64 {
	for i, id := range ranked[:min(k, len(ranked))] {
		if judged[id] > 0 {
			return 1 / float64(i+1)
		}
	}
	return 0
}
