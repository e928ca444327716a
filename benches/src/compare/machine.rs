//! What the measurements were made on.

use std::fs;

/// The machine and what runs on it.
pub struct Machine {
    /// The processor, as it names itself.
    pub processor: String,
    /// Widest vectors.
    pub vectors: &'static str,
    /// Processors of the system.
    pub processors: usize,
    /// The last cache and its size, where the system tells.
    pub cache: Option<String>,
}

impl Machine {
    /// This machine.
    pub fn this() -> Machine {
        let cpuinfo = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
        let field = |name: &str| {
            let line = cpuinfo.lines().find(|line| line.trim_end().starts_with(name))?;
            line.split_once(':').map(|(_, value)| value.trim().to_owned())
        };
        let name = field("model name").unwrap_or_else(|| std::env::consts::ARCH.to_owned());
        let family = field("cpu family").map(|family| format!(" (family {family})"));
        let has = |flag: &str| cpuinfo.split_whitespace().any(|word| word == flag);
        let cache = fs::read_to_string("/sys/devices/system/cpu/cpu0/cache/index3/size");
        Machine {
            processor: name + &family.unwrap_or_default(),
            vectors: match (has("avx512f"), has("avx2")) {
                (true, _) => "AVX-512",
                (_, true) => "AVX2",
                _ => "128-bit vectors",
            },
            processors: std::thread::available_parallelism().map_or(1, usize::from),
            cache: cache.ok().map(|size| size.trim().to_owned()),
        }
    }

    /// The machine in words.
    pub fn text(&self) -> String {
        let cache = self.cache.as_ref().map(|size| format!(", {size} of last-level cache"));
        let Machine { processor, vectors, processors, .. } = self;
        format!("{processor}, {vectors}, {processors} processors{}", cache.unwrap_or_default())
    }
}
