package sqlite

// lane is what dimensions are padded to: the codes of one step of the assembly.
const lane = 32

func padded(dims int) int { return (dims + lane - 1) / lane * lane }

// dots sets out[i] to the inner product of the i-th row of codes with the
// query. Rows have len(query) codes, a multiple of lane; there are len(out).
func dots(codes []int8, query []int16, out []int32) {
	if len(out) == 0 || len(query) == 0 {
		return
	}
	codes = codes[:len(out)*len(query)] // what the assembly relies on
	if useAssembly {
		dotsAVX2(&codes[0], &query[0], len(query), len(out), &out[0])
		return
	}
	dotsGo(codes, query, out)
}

// dotsGo is the portable kernel.
func dotsGo(codes []int8, query []int16, out []int32) {
	for i := range out {
		row := codes[i*len(query):][:len(query)]
		var sum int32
		for j, q := range query {
			sum += int32(row[j]) * int32(q)
		}
		out[i] = sum
	}
}

// quantize writes the codes of v into dst, which is padded, and returns the
// value of one step.
func quantize(dst []int8, v []float32) float32 {
	var top float32
	for _, x := range v {
		top = max(top, x, -x)
	}
	if top == 0 {
		return 0
	}
	inv := 127 / top
	for i, x := range v {
		x *= inv
		if x < 0 {
			dst[i] = int8(x - .5)
		} else {
			dst[i] = int8(x + .5)
		}
	}
	return top / 127
}
