package prices

import (
	"fmt"
	"math/big"
	"regexp"
	"strings"

	"github.com/dsnsim/dsnsim/internal/strict"
)

// Amount is money, in millionths of a currency, so that sums are exact.
type Amount struct {
	Micros   int64
	Currency string // three capital letters, as in ISO 4217
}

// micros are in one of a currency.
const micros = 1_000_000

// most bounds an amount. assumed: no part of a rack costs as much
const most = 1_000_000_000

var amountPattern = regexp.MustCompile(`^([0-9]{1,12}(?:\.[0-9]{1,6})?) ?([A-Z]{3})$`)

// ParseAmount reads "1500 USD" or "0.12USD".
func ParseAmount(text string) (Amount, error) {
	m := amountPattern.FindStringSubmatch(text)
	if m == nil {
		return Amount{}, fmt.Errorf("expected an amount with its currency, such as 1500 USD or 0.12 EUR, got %q", text)
	}
	v, ok := new(big.Rat).SetString(m[1])
	if !ok {
		return Amount{}, fmt.Errorf("%q is no number", m[1])
	}
	if v.Cmp(big.NewRat(most, 1)) > 0 {
		return Amount{}, fmt.Errorf("expected an amount of at most %d %s, got %q", int64(most), m[2], text)
	}
	v.Mul(v, big.NewRat(micros, 1))
	return Amount{v.Num().Int64(), m[2]}, nil // six decimals make it whole
}

func (a *Amount) UnmarshalStrict(n *strict.Node) {
	if n.Kind() != strict.Scalar {
		n.Errorf("expected an amount such as 1500 USD, got %s", n.Describe())
		return
	}
	v, err := ParseAmount(n.Text())
	if err != nil {
		n.Errorf("%v", err)
		return
	}
	*a = v
}

// String writes the amount as ParseAmount reads it.
func (a Amount) String() string {
	text := fmt.Sprintf("%d.%06d", a.Micros/micros, a.Micros%micros)
	return strings.TrimSuffix(strings.TrimRight(text, "0"), ".") + " " + a.Currency
}

// Float is the amount in the currency, for reports only.
func (a Amount) Float() float64 { return float64(a.Micros) / micros }
