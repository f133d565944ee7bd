"""Models that the operator chose, asked by the site itself: to propose settings and to judge answers."""
