//! The charts of the cards: from the numbers of the analytics to SVG.

mod day_grid;
mod heat_map;
mod month_dots;
mod ribbon;
mod smooth_line;
mod trend_bars;

pub(crate) use self::day_grid::day_grid;
pub(crate) use self::heat_map::heat_map;
pub(crate) use self::month_dots::month_dots;
pub(crate) use self::ribbon::ribbon;
pub(crate) use self::smooth_line::smooth_line;
pub(crate) use self::trend_bars::trend_bars;
