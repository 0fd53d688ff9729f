package units

// Symbols returns the units that texts of a quantity may have, with an example of one, for what describes a file format. v is a
// value of the quantity's type; for any other type there are none.
func Symbols(v any) (symbols []string, example string) {
	var d *dimension
	switch v.(type) {
	case Duration:
		d = &durations
	case Bytes:
		d = &sizes
	case Bits:
		d = &bitSizes
	case Rate:
		d = &rates
	case PacketRate:
		d = &packetRates
	case Freq:
		d = &frequencies
	case Power:
		d = &powers
	case Energy:
		d = &energies
	case Temperature:
		d = &temperatures
	case Length:
		d = &lengths
	case Ratio:
		d = &ratios
	case Count:
		d = &counts
	default:
		return nil, ""
	}
	for _, u := range d.units {
		symbols = append(symbols, u.name)
	}
	return symbols, d.example
}
