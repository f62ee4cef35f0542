//! Formats for values: how many bytes, and how long to write and to read them.

use std::hint::black_box;
use std::time::Instant;

use cubbyhole_core::ValueFormat;
use cubbyhole_format::Format;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::Result;
use crate::arguments::Options;
use crate::measure::{Racer, Round, cells, race};
use crate::table::{Cell, Column, Table};

pub(super) fn run(options: &Options) -> Result<Vec<Table>> {
    let small = "A small struct: seven fields, one of them text of four bytes.";
    let chart = "A chart: a thousand structs of six fields, mostly floats.";
    let text = "A document: one string of 64 KiB, words and numbers by chance.";
    Ok(vec![
        compare("small", small, &Forecast::example(), options),
        compare("chart", chart, &points(1_000), options),
        compare("document", text, &document(64 << 10), options),
    ])
}

/// Makes a table of one value in all formats.
fn compare<V>(title: &str, about: &str, value: &V, options: &Options) -> Table
where
    V: Serialize + DeserializeOwned + Clone + 'static,
{
    eprint!(":");
    let contenders = contenders::<V>();
    let sizes = contenders.iter().map(|contender| {
        let bytes = (contender.encode)(value);
        Cell::Number(bytes.len() as f64)
    });
    let mut table = Table::of(contenders.iter().map(|contender| contender.name));
    title.clone_into(&mut table.title);
    about.clone_into(&mut table.about);
    table.push(Column::new("bytes"), sizes.collect());
    let mut racers: Vec<Racer<Question>> = contenders
        .into_iter()
        .map(|contender| racer(contender, value.clone(), options))
        .collect();
    let questions = [Question::Encode, Question::Decode];
    let figures = race(&mut racers, options.rounds(), &questions);
    for (name, figures) in ["ns to write", "ns to read"].into_iter().zip(&figures) {
        table.push(Column::new(name), cells(figures));
    }
    table
}

#[derive(Clone, Copy)]
enum Question {
    Encode,
    Decode,
}

/// A way to write values and to read them. The first one is ours.
struct Contender<V> {
    name: &'static str,
    encode: fn(&V) -> Vec<u8>,
    decode: fn(&[u8]) -> V,
}

fn contenders<V: Serialize + DeserializeOwned>() -> Vec<Contender<V>> {
    vec![
        Contender {
            name: "cubbyhole-format",
            encode: |value| Format::new().encode(value).expect("it can be written"),
            decode: |bytes| Format::new().decode(bytes).expect("it was written"),
        },
        Contender {
            name: "cubbyhole-format, zstd",
            encode: |value| {
                let format = Format::new().compress_above(0);
                format.encode(value).expect("it can be written")
            },
            decode: |bytes| Format::new().decode(bytes).expect("it was written"),
        },
        Contender {
            name: "MessagePack, named",
            encode: |value| rmp_serde::to_vec_named(value).expect("it can be written"),
            decode: |bytes| rmp_serde::from_slice(bytes).expect("it was written"),
        },
        Contender {
            name: "MessagePack, in order",
            encode: |value| rmp_serde::to_vec(value).expect("it can be written"),
            decode: |bytes| rmp_serde::from_slice(bytes).expect("it was written"),
        },
        Contender {
            name: "CBOR (ciborium)",
            encode: |value| {
                let mut bytes = Vec::new();
                ciborium::into_writer(value, &mut bytes).expect("it can be written");
                bytes
            },
            decode: |bytes| ciborium::from_reader(bytes).expect("it was written"),
        },
        Contender {
            name: "postcard",
            encode: |value| postcard::to_stdvec(value).expect("it can be written"),
            decode: |bytes| postcard::from_bytes(bytes).expect("it was written"),
        },
        Contender {
            name: "JSON",
            encode: |value| serde_json::to_vec(value).expect("it can be written"),
            decode: |bytes| serde_json::from_slice(bytes).expect("it was written"),
        },
    ]
}

/// A contender with a value, and how often it writes or reads it in a round.
struct Repeated<V> {
    contender: Contender<V>,
    value: V,
    bytes: Vec<u8>,
    count: usize,
}

fn racer<V: 'static>(contender: Contender<V>, value: V, options: &Options) -> Racer<Question> {
    let bytes = (contender.encode)(&value);
    // About as long for a large value as for a small one.
    let count = options.size(4_000_000, 400_000) / (bytes.len() + 100);
    let name = contender.name.to_owned();
    let repeated = Repeated {
        contender,
        value,
        bytes,
        count: count.max(1),
    };
    (name, Box::new(repeated))
}

impl<V> Round<Question> for Repeated<V> {
    fn run(&mut self, question: Question) -> f64 {
        let begun = Instant::now();
        for _ in 0..self.count {
            match question {
                Question::Encode => drop(black_box((self.contender.encode)(&self.value))),
                Question::Decode => drop(black_box((self.contender.decode)(&self.bytes))),
            }
        }
        begun.elapsed().as_nanos() as f64 / self.count as f64
    }
}

#[derive(Clone, Deserialize, Serialize)]
struct Forecast {
    station: String,
    kelvin: f64,
    wind: f32,
    rain: Option<f32>,
    hour: u8,
    sunny: bool,
    updated: u64,
}

impl Forecast {
    fn example() -> Self {
        Self {
            station: "KBOS".to_owned(),
            kelvin: 281.35,
            wind: 3.5,
            rain: None,
            hour: 14,
            sunny: true,
            updated: 1_764_333_333,
        }
    }
}

#[derive(Clone, Deserialize, Serialize)]
struct Point {
    at: u64,
    low: f64,
    high: f64,
    mean: f64,
    count: u32,
    label: Option<String>,
}

fn points(count: u64) -> Vec<Point> {
    let mut chance = Chance(12_345);
    let mut point = |number: u64| {
        let mean = 280.0 + chance.below(3_000) as f64 / 100.0;
        Point {
            at: 1_764_000_000 + number * 3_600,
            low: mean - chance.below(500) as f64 / 100.0,
            high: mean + chance.below(500) as f64 / 100.0,
            mean,
            count: chance.below(200) as u32,
            label: number
                .is_multiple_of(24)
                .then(|| format!("day {}", number / 24)),
        }
    };
    (0..count).map(&mut point).collect()
}

fn document(length: usize) -> String {
    const WORDS: [&str; 8] = [
        "cache", "scope", "session", "value", "expire", "waiter", "policy", "clock",
    ];
    let mut chance = Chance(54_321);
    let mut text = String::with_capacity(length + 20);
    while text.len() < length {
        text.push_str(WORDS[chance.below(8) as usize]);
        text.push(if chance.below(12) == 0 { '\n' } else { ' ' });
        if chance.below(5) == 0 {
            text.push_str(&format!("{} ", chance.below(10_000)));
        }
    }
    text
}

/// Numbers by chance, the same in each run (xorshift).
struct Chance(u64);

impl Chance {
    const fn below(&mut self, end: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % end
    }
}
