package result

// Cost is what a placement costs over the years: its parts, and its energy at the mean power of the measured window.
type Cost struct {
	// List names the price list. Given, Sourced and Assumed say how many of its figures the scenario gives, have a source, and are
	// assumed.
	List     string `json:"list"`
	Given    int    `json:"given"`
	Sourced  int    `json:"sourced"`
	Assumed  int    `json:"assumed"`
	Currency string `json:"currency"`
	Years    int    `json:"years"`
	// PUE is how many kilowatt-hours one of the equipment takes.
	PUE   float64    `json:"pue"`
	Items []CostItem `json:"items"`
	// EnergyKWh is that of the years, and Energy what it costs.
	EnergyKWh float64 `json:"energy_kwh"`
	Energy    float64 `json:"energy"`
	Total     float64 `json:"total"`
	// Servers is how many share the total.
	Servers int `json:"servers"`
}

// CostItem is so many of a part.
type CostItem struct {
	Item   string  `json:"item"`
	Count  int64   `json:"count"`
	Each   float64 `json:"each"`
	Amount float64 `json:"amount"`
}
