package encoder

import "math"

// exp32 returns e^x within 2 ulp for x <= 0 and down to -87, below which it is
// 0: a degree-6 polynomial on [-ln2/2, ln2/2], scaled through the exponent bits.
func exp32(x float32) float32 {
	if x < -87 {
		return 0
	}
	t := x*1.44269504 - 0.5
	n := int32(t)
	f := float32(n)
	r := x - f*0.693359375 + f*2.12194440e-4
	p := 1 + r*(1+r*(0.5+r*(1.6666667e-1+r*(4.1666668e-2+r*(8.3333333e-3+r*1.3888889e-3)))))
	return p * math.Float32frombits(uint32(n+127)<<23)
}

// gelu applies x*Phi(x), with the error function of Abramowitz and Stegun
// 7.1.26 (absolute error 1.5e-7).
func gelu(v []float32) {
	for i, x := range v {
		z := x * 0.70710678
		if z < 0 {
			z = -z
		}
		t := 1 / (1 + 0.3275911*z)
		e := t * (0.254829592 + t*(-0.284496736+t*(1.421413741+t*(-1.453152027+t*1.061405429))))
		half := 0.5 * e * exp32(-z*z)
		if x < 0 {
			v[i] = x * half
		} else {
			v[i] = x * (1 - half)
		}
	}
}

// softmax sets v to exp((v-max)*scale) and returns 1 over their sum.
func softmax(v []float32, scale float32) float32 {
	top := v[0]
	for _, x := range v {
		top = max(top, x)
	}
	var sum float32
	for i, x := range v {
		e := exp32((x - top) * scale)
		v[i] = e
		sum += e
	}
	return 1 / sum
}

// addNorm sets x to the layer normalization of x plus y.
func addNorm(x, y, gamma, beta []float32, eps float32) {
	var s0, s1, q0, q1 float32
	y = y[:len(x)]
	for i := 0; i+1 < len(x); i += 2 {
		a, b := x[i]+y[i], x[i+1]+y[i+1]
		x[i], x[i+1] = a, b
		s0 += a
		s1 += b
	}
	mean := (s0 + s1) / float32(len(x))
	for i := 0; i+1 < len(x); i += 2 {
		a, b := x[i]-mean, x[i+1]-mean
		q0 += a * a
		q1 += b * b
	}
	inv := float32(1 / math.Sqrt(float64((q0+q1)/float32(len(x))+eps)))
	gamma, beta = gamma[:len(x)], beta[:len(x)]
	for i, v := range x {
		x[i] = (v-mean)*inv*gamma[i] + beta[i]
	}
}

// normalize scales v to length 1; a zero vector stays.
func normalize(v []float32) {
	var s float64
	for _, x := range v {
		s += float64(x) * float64(x)
	}
	if s == 0 {
		return
	}
	inv := float32(1 / math.Sqrt(s))
	for i := range v {
		v[i] *= inv
	}
}

// quantize is engine's, in Go.
func quantize(dst []uint8, src, row []float32) {
	var low, high float32
	for _, x := range src {
		low, high = min(low, x), max(high, x)
	}
	width := max(high-low, 1e-30)
	factor := 255 / width
	zero := -nearest(low * factor)
	for i, x := range src {
		dst[i] = uint8(min(max(nearest(x*factor)+zero, 0), 255))
	}
	row[0] = width / 255
	row[1] = row[0] * float32(zero)
}

// nearest rounds x to an integer, a half to the even one, for |x| below 2^22:
// added to 3*2^22 nothing is left behind the point.
func nearest(x float32) int32 {
	const shift = 3 << 22
	return int32(math.Float32bits(x+shift)) - int32(math.Float32bits(shift))
}
