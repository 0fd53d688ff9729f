package units

// Every quantity below parses exactly (decimals are never floats), prints the shortest text that parses to the same
// value, and takes part in YAML, JSON and flags through encoding.TextMarshaler and TextUnmarshaler. One space may stand
// between number and unit. Signs, exponents, thousands separators, a missing unit, values that do not fit 63 bits and
// values finer than the base unit are errors that say so.

// ParseDuration returns a duration such as 10us, 1.5ms or 800ps.
func ParseDuration(s string) (Duration, error) { return parse[Duration](&durations, s) }

// String returns the shortest exact text, such as 1.5us. A difference of two instants can be negative and prints with a sign.
func (d Duration) String() string { return durations.format(int64(d)) }

// MarshalText returns String.
func (d Duration) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText sets d as ParseDuration does and leaves it alone on an error.
func (d *Duration) UnmarshalText(text []byte) error { return set(d, &durations, text) }

// ParseBytes returns a size such as 1500B, 9kB or 64KiB.
func ParseBytes(s string) (Bytes, error) { return parse[Bytes](&sizes, s) }

// String returns the shortest exact text, such as 64KiB or 9kB.
func (b Bytes) String() string { return sizes.format(int64(b)) }

// MarshalText returns String.
func (b Bytes) MarshalText() ([]byte, error) { return []byte(b.String()), nil }

// UnmarshalText sets b as ParseBytes does and leaves it alone on an error.
func (b *Bytes) UnmarshalText(text []byte) error { return set(b, &sizes, text) }

// String returns the shortest exact text, such as 1Mbit.
func (b Bits) String() string { return bitSizes.format(int64(b)) }

// MarshalText returns String.
func (b Bits) MarshalText() ([]byte, error) { return []byte(b.String()), nil }

// UnmarshalText reads a size such as 1Mbit, 8kb or, in bytes, 125kB and leaves b alone on an error.
func (b *Bits) UnmarshalText(text []byte) error { return set(b, &bitSizes, text) }

// ParseRate returns a data rate such as 25Gbps, 25Gb/s or, in bytes, 1.5GB/s.
func ParseRate(s string) (Rate, error) { return parse[Rate](&rates, s) }

// String returns the shortest exact text, such as 25Gbps.
func (r Rate) String() string { return rates.format(int64(r)) }

// MarshalText returns String.
func (r Rate) MarshalText() ([]byte, error) { return []byte(r.String()), nil }

// UnmarshalText sets r as ParseRate does and leaves it alone on an error.
func (r *Rate) UnmarshalText(text []byte) error { return set(r, &rates, text) }

// ParsePacketRate returns a packet rate such as 5Mpps.
func ParsePacketRate(s string) (PacketRate, error) { return parse[PacketRate](&packetRates, s) }

// String returns the shortest exact text, such as 5Mpps.
func (r PacketRate) String() string { return packetRates.format(int64(r)) }

// MarshalText returns String.
func (r PacketRate) MarshalText() ([]byte, error) { return []byte(r.String()), nil }

// UnmarshalText sets r as ParsePacketRate does and leaves it alone on an error.
func (r *PacketRate) UnmarshalText(text []byte) error { return set(r, &packetRates, text) }

// String returns the shortest exact text, such as 1.22GHz.
func (f Freq) String() string { return frequencies.format(int64(f)) }

// MarshalText returns String.
func (f Freq) MarshalText() ([]byte, error) { return []byte(f.String()), nil }

// UnmarshalText reads a frequency such as 1.22GHz and leaves f alone on an error.
func (f *Freq) UnmarshalText(text []byte) error { return set(f, &frequencies, text) }

// ParsePower returns a power such as 25W or 500mW.
func ParsePower(s string) (Power, error) { return parse[Power](&powers, s) }

// String returns the shortest exact text, such as 25W.
func (p Power) String() string { return powers.format(int64(p)) }

// MarshalText returns String.
func (p Power) MarshalText() ([]byte, error) { return []byte(p.String()), nil }

// UnmarshalText sets p as ParsePower does and leaves it alone on an error.
func (p *Power) UnmarshalText(text []byte) error { return set(p, &powers, text) }

// ParseEnergy returns an energy such as 18.96pJ.
func ParseEnergy(s string) (Energy, error) { return parse[Energy](&energies, s) }

// String returns the shortest exact text, such as 18.96pJ.
func (e Energy) String() string { return energies.format(int64(e)) }

// MarshalText returns String.
func (e Energy) MarshalText() ([]byte, error) { return []byte(e.String()), nil }

// UnmarshalText sets e as ParseEnergy does and leaves it alone on an error.
func (e *Energy) UnmarshalText(text []byte) error { return set(e, &energies, text) }

// String returns the shortest exact text, such as 35C.
func (t Temperature) String() string { return temperatures.format(int64(t)) }

// MarshalText returns String.
func (t Temperature) MarshalText() ([]byte, error) { return []byte(t.String()), nil }

// UnmarshalText reads a temperature such as 35C, from 0C on, and leaves t alone on an error.
func (t *Temperature) UnmarshalText(text []byte) error { return set(t, &temperatures, text) }

// String returns the shortest exact text, such as 3m.
func (l Length) String() string { return lengths.format(int64(l)) }

// MarshalText returns String.
func (l Length) MarshalText() ([]byte, error) { return []byte(l.String()), nil }

// UnmarshalText reads a length such as 3m or 50cm and leaves l alone on an error.
func (l *Length) UnmarshalText(text []byte) error { return set(l, &lengths, text) }

// ParseRatio returns a ratio such as 40% or 0.5%; it may exceed 100%.
func ParseRatio(s string) (Ratio, error) { return parse[Ratio](&ratios, s) }

// String returns the shortest exact text, such as 40%.
func (r Ratio) String() string { return ratios.format(int64(r)) }

// MarshalText returns String.
func (r Ratio) MarshalText() ([]byte, error) { return []byte(r.String()), nil }

// UnmarshalText sets r as ParseRatio does and leaves it alone on an error.
func (r *Ratio) UnmarshalText(text []byte) error { return set(r, &ratios, text) }

// ParseCount returns a count such as 5, 100k or 1M, where k is 1000.
func ParseCount(s string) (Count, error) { return parse[Count](&counts, s) }

// String returns the shortest exact text, such as 100k.
func (c Count) String() string { return counts.format(int64(c)) }

// MarshalText returns String.
func (c Count) MarshalText() ([]byte, error) { return []byte(c.String()), nil }

// UnmarshalText sets c as ParseCount does and leaves it alone on an error.
func (c *Count) UnmarshalText(text []byte) error { return set(c, &counts, text) }

// String returns the time since the start of the run, such as 1.5us.
func (t Time) String() string { return Duration(t.ps).String() }

func parse[T ~int64](d *dimension, s string) (T, error) {
	v, err := d.parse(s)
	return T(v), err
}

func set[T ~int64](target *T, d *dimension, text []byte) error {
	v, err := d.parse(string(text))
	if err != nil {
		return err
	}
	*target = T(v)
	return nil
}
