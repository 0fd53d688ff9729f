package analytic

import (
	"fmt"
	"math"
)

// The waiting times below are means of the time in the queue only, service excluded, in steady state, with Poisson
// arrivals, first come first served, and no limit to the queue. utilisation is arrival rate * mean service time /
// servers, service is the mean service time, and the result is in the unit of service. From a utilisation of 1 there is
// no steady state and the result is +Inf. A negative utilisation or service, or no server, panics.

// MM1Wait returns the mean wait in an M/M/1 queue.
// source: L. Kleinrock, Queueing Systems I (1975), 3.2.
func MM1Wait(utilisation, service float64) float64 { return MG1Wait(utilisation, service, 1) }

// MD1Wait returns the mean wait in an M/D/1 queue: half of M/M/1's.
func MD1Wait(utilisation, service float64) float64 { return MG1Wait(utilisation, service, 0) }

// MG1Wait returns the mean wait in an M/G/1 queue whose service times have the squared coefficient of variation scv
// (variance over squared mean), by the Pollaczek-Khinchine formula.
// source: L. Kleinrock, Queueing Systems I (1975), chapter 5.
func MG1Wait(utilisation, service, scv float64) float64 {
	if !steady(1, utilisation, service) {
		return math.Inf(1)
	}
	return utilisation / (1 - utilisation) * service * (1 + scv) / 2
}

// ErlangB returns the probability that an M/G/c/c station with no queue refuses an arrival, at an offered load in
// erlangs (arrival rate * mean service time, which may exceed the number of servers).
// source: L. Kleinrock, Queueing Systems I (1975), 3.7, as a recursion over the servers, which does not overflow.
func ErlangB(servers int, erlangs float64) float64 {
	blocked := 1.0
	for c := 1; c <= servers; c++ {
		blocked = erlangs * blocked / (float64(c) + erlangs*blocked)
	}
	return blocked
}

// ErlangC returns the probability that an arrival must wait in an M/M/c queue: 1 from a utilisation of 1.
func ErlangC(servers int, utilisation float64) float64 {
	if !steady(servers, utilisation, 0) {
		return 1
	}
	b := ErlangB(servers, float64(servers)*utilisation)
	return b / (1 - utilisation*(1-b))
}

// MMcWait returns the mean wait in an M/M/c queue.
// source: L. Kleinrock, Queueing Systems I (1975), 3.5, with Little's law.
func MMcWait(servers int, utilisation, service float64) float64 {
	if !steady(servers, utilisation, service) {
		return math.Inf(1)
	}
	return ErlangC(servers, utilisation) * service / (float64(servers) * (1 - utilisation))
}

// MM1KBlocking returns the share of arrivals that an M/M/1/K station refuses because k packets are in it, the one in
// service included. utilisation is the offered load of one server and may exceed 1.
// source: L. Kleinrock, Queueing Systems I (1975), 3.6.
func MM1KBlocking(k int, utilisation float64) float64 {
	if k < 1 || !(utilisation >= 0) {
		panic(fmt.Sprintf("analytic: M/M/1/K with K = %d at an offered load of %g", k, utilisation))
	}
	// rho^K (1-rho) / (1-rho^(K+1)) is 0/0 at 1 and overflows far above it; its inverse is a plain geometric sum.
	inverse, term := 1.0, 1.0
	for range k {
		term /= utilisation
		inverse += term
	}
	return 1 / inverse
}

// steady reports whether the queue has a steady state, and panics on what is no queue.
func steady(servers int, utilisation, service float64) bool {
	if servers < 1 || !(utilisation >= 0) || !(service >= 0) {
		panic(fmt.Sprintf("analytic: a queue with %d servers, utilisation %g, service time %g", servers, utilisation, service))
	}
	return utilisation < 1
}

// Priority is one class of a queue with strict priorities: its utilisation (arrival rate * mean service time), and the
// mean service time and squared coefficient of variation of that.
type Priority struct {
	Utilisation, Service, SCV float64
}

// PriorityWaits returns the mean wait of each class in an M/G/1 queue that serves the first class before the second and so
// on, without interrupting a service: an arrival of any class waits for the rest of the service that it finds, and for those
// that go before it. From the class on at which the utilisation reaches 1, waits are +Inf.
// source: A. Cobham, Priority Assignment in Waiting Line Problems (1954); L. Kleinrock, Queueing Systems II (1976), 3.3.
func PriorityWaits(classes []Priority) []float64 {
	residual := 0.0
	for _, c := range classes {
		residual += c.Utilisation * c.Service * (1 + c.SCV) / 2
	}
	waits := make([]float64, len(classes))
	before := 0.0
	for i, c := range classes {
		with := before + c.Utilisation
		waits[i] = math.Inf(1)
		if with < 1 {
			waits[i] = residual / ((1 - before) * (1 - with))
		}
		before = with
	}
	return waits
}
