"""HTTP entrance: one blueprint per area; decides nothing."""
