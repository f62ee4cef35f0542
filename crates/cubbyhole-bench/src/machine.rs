//! What the figures were measured on, and with.

use std::process::Command;
use std::sync::OnceLock;

/// The lock file that this program was built with.
const LOCK: &str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../../Cargo.lock"));

/// The packages that are compared, or that those are measured with.
const PACKAGES: &[&str] = &[
    "cubbyhole",
    "quick_cache",
    "moka",
    "foyer",
    "cachet",
    "cached",
    "dashmap",
    "lru",
    "hashlink",
    "hashbrown",
    "foldhash",
    "redis",
    "tokio",
];

/// Describes the machine, in lines of a name and a text.
pub(crate) fn describe() -> Vec<(&'static str, String)> {
    let processors = std::thread::available_parallelism().map_or(1, usize::from);
    let unknown = || "unknown".to_owned();
    vec![
        ("processor", processor().unwrap_or_else(unknown)),
        ("processors", processors.to_string()),
        ("caches", caches().unwrap_or_else(unknown)),
        ("memory", memory().unwrap_or_else(unknown)),
        ("system", system().unwrap_or_else(unknown)),
        ("compiler", rustc().to_owned()),
        ("C library", libc()),
        ("allocator", "the system's, for all".to_owned()),
        ("load when it ended", load().unwrap_or_else(unknown)),
    ]
}

/// The versions of what is compared.
pub(crate) fn versions() -> Vec<(&'static str, String)> {
    let packages = PACKAGES.iter().filter_map(|&package| {
        let versions = versions_of(LOCK, package);
        (!versions.is_empty()).then(|| (package, versions.join(" and ")))
    });
    let server = redis_server().map(|version| ("redis-server", version));
    packages.chain(server).collect()
}

/// The version of the server that values are shared through, if it is installed.
fn redis_server() -> Option<String> {
    let text = run("redis-server", &["--version"])?;
    let version = text.split(' ').find_map(|word| word.strip_prefix("v="))?;
    Some(version.to_owned())
}

/// The versions of a package in a lock file.
fn versions_of<'a>(lock: &'a str, package: &str) -> Vec<&'a str> {
    let named = format!("name = \"{package}\"\nversion = \"");
    let found = lock.split(&named).skip(1);
    found.filter_map(|rest| rest.split('"').next()).collect()
}

/// The compiler's name for itself.
pub(crate) fn rustc() -> &'static str {
    static RUSTC: OnceLock<String> = OnceLock::new();
    RUSTC.get_or_init(|| run("rustc", &["--version"]).unwrap_or_else(|| "unknown".to_owned()))
}

/// The C library, whose allocator and `memcpy` are part of what an operation costs.
pub(crate) fn libc() -> String {
    run("getconf", &["GNU_LIBC_VERSION"]).unwrap_or_else(|| "unknown".to_owned())
}

/// What this program was compiled for.
pub(crate) fn target() -> String {
    format!("{}-{}", std::env::consts::ARCH, std::env::consts::OS)
}

fn processor() -> Option<String> {
    let text = std::fs::read_to_string("/proc/cpuinfo").ok()?;
    let line = text.lines().find(|line| line.starts_with("model name"))?;
    Some(line.split_once(':')?.1.trim().to_owned())
}

fn caches() -> Option<String> {
    let mut caches = Vec::new();
    for index in 0.. {
        let folder = format!("/sys/devices/system/cpu/cpu0/cache/index{index}");
        let read = |name: &str| std::fs::read_to_string(format!("{folder}/{name}")).ok();
        let Some((level, size)) = read("level").zip(read("size")) else {
            break;
        };
        let of = read("type").unwrap_or_default();
        caches.push(format!(
            "L{} {} {}",
            level.trim(),
            of.trim().to_lowercase(),
            size.trim()
        ));
    }
    (!caches.is_empty()).then(|| caches.join(", "))
}

fn memory() -> Option<String> {
    let text = std::fs::read_to_string("/proc/meminfo").ok()?;
    let line = text
        .lines()
        .find_map(|line| line.strip_prefix("MemTotal:"))?;
    let kilobytes: f64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(format!("{:.1} GiB", kilobytes / 1024.0 / 1024.0))
}

fn system() -> Option<String> {
    run("uname", &["-srm"])
}

fn load() -> Option<String> {
    let text = std::fs::read_to_string("/proc/loadavg").ok()?;
    Some(text.split(' ').take(3).collect::<Vec<_>>().join(", "))
}

fn run(program: &str, arguments: &[&str]) -> Option<String> {
    let output = Command::new(program).args(arguments).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    Some(text.trim().to_owned()).filter(|text| !text.is_empty())
}

#[cfg(test)]
mod tests {
    use super::{LOCK, versions_of};

    #[test]
    fn versions_are_those_of_the_lock_file() {
        let lock = "[[package]]\nname = \"lru\"\nversion = \"1.0.0\"\n\n[[package]]\nname = \"lru\"\nversion = \"2.0.0\"\n";
        assert_eq!(versions_of(lock, "lru"), ["1.0.0", "2.0.0"]);
        assert!(versions_of(lock, "ru").is_empty());
        assert_eq!(versions_of(LOCK, "cubbyhole").len(), 1);
    }
}
