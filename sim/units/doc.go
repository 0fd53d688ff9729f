// Package units holds the quantities of a model as whole numbers of a base unit, and is the only place
// where text becomes a quantity or a quantity becomes text.
//
// Dimensions change only in named methods that state their rounding (Rate.TimeToSend, Freq.Span, Power.Over).
// Tokens counts what a rate brings, exactly.
// Text always carries a unit, "0" included; b is bits and B is bytes; k, M, G are decimal and Ki, Mi, Gi binary.
package units
