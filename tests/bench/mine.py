"""`make bench-mine`: the extractor over web archives; its rates, both engines, two workers, memory, and the cost of 10^8 pages.

Simulated: the pages, of some 40 kB, of filler sentences and announcements of our own, and the share of hits among them.
The share of a real crawl that passes the filter was not measured. Processor time is counted over all processes.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from scrapers.mining.mined_file import mine
from scrapers.mining.warc_files import WarcFile
from tests.bench.size import sized
from tests.support.generated_warcs import Written, article, members

FILES, PAGES, KILOBYTES = sized(40, 2), sized(1_000, 60), 40
HITS = 0.01
DIFFERENT = 4  # of the files; the others are copies, which an engine can't know
ONLY_HITS = sized(400, 10)
SHARES = (0.001, 0.01, 0.03)
ANNOUNCEMENTS = [
    path.read_text("utf-8").splitlines() for path in sorted((Path(__file__).parent / "announcements").glob("*.txt"))
]
# What the byte filter has no word of.
FILLER = {
    "en": ("The market hall opens at nine, and rain is likely in the valley.", "A new bicycle path follows the canal to the old mill.",
           "The recipe needs two eggs, a spoon of honey and some flour.", "Tickets for the concert cost less in spring than in autumn."),
    "uk": ("У місті відкрили нову бібліотеку та великий парк.", "Рецепт простий: два яйця, ложка меду і трохи борошна.",
           "Квитки на концерт навесні дешевші, ніж восени.", "На вихідних очікується дощ, температура до десяти градусів."),
    "ru": ("В городе открыли новую библиотеку и большой парк.", "Рецепт простой: два яйца, ложка мёда и немного муки.",
           "Билеты на концерт весной дешевле, чем осенью.", "На выходных ожидается дождь, температура до десяти градусов."),
}  # fmt: skip
ENGINE = """
import json, multiprocessing, sys, time
from pathlib import Path
from scrapers.mining.local_workers import mine_locally
from scrapers.mining.ray_workers import mine_on_ray
from scrapers.mining.warc_files import warc_files
from tests.bench.mine import processor_seconds

files, _, _ = warc_files([sys.argv[1]])
out, workers = Path(sys.argv[2]), int(sys.argv[4])
engine = mine_locally(files, out, workers) if sys.argv[3] == "local" else mine_on_ray(files, out, None, workers)
began = time.perf_counter()
for number, attempt in enumerate(engine, start=1):
    assert not attempt.fault, attempt.fault
    if number == len(files):  # before the workers end
        wall = time.perf_counter() - began
        of_workers = [processor_seconds(child.pid) for child in multiprocessing.active_children()]
        longest = processor_seconds() - sum(of_workers) + max(of_workers, default=0)
        print(json.dumps({"cpu": processor_seconds(), "wall": wall, "longest": longest}))
"""
START = """
import json, ray
from tests.bench.mine import processor_seconds
from scrapers.mining import ray_workers, mined_file
ray_workers._connect(None, 2)
ray.get([ray.remote(num_cpus=1)(processor_seconds).remote() for _ in range(2)])
print(json.dumps({"cpu": processor_seconds()}))
ray.shutdown()
"""
ONE_FILE = """
import resource, sys
from pathlib import Path
from scrapers.mining.mined_file import mine
from scrapers.mining.warc_files import WarcFile
path = Path(sys.argv[1])
mine(WarcFile(str(path), path.stat().st_size), Path(sys.argv[2]))
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)
"""


def processor_seconds(process: int | None = None) -> float:
    """Of a process, this one if none is given, and all that it started, directly or not."""
    ticks: dict[int, tuple[int, int]] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:  # it has ended
            continue
        ticks[int(stat.parent.name)] = int(fields[1]), sum(map(int, fields[11:15]))
    own = {process or os.getpid()}
    while more := {pid for pid, (parent, _) in ticks.items() if parent in own} - own:
        own |= more
    return sum(ticks[pid][1] for pid in own) / os.sysconf("SC_CLK_TCK")


def page(number: int, chance: random.Random, is_hit: bool) -> bytes:
    """A page of some 40 kB: three in five English, one Ukrainian, one Russian in windows-1251."""
    language = ("en", "en", "en", "uk", "ru")[number % 5]
    encoding = "cp1251" if language == "ru" else "utf-8"
    lines = [chance.choice(FILLER[language]) for _ in range(20)]
    body = [*chance.choice(ANNOUNCEMENTS), f"№ {number}"] if is_hit else lines
    head = (
        "<script>"
        + "".join(f"var item{n} = function(a, b) {{ a.push(b[{n}]); }};\n" for n in range(chance.randrange(100, 300)))
        + "</script>"
    )
    menu = ""
    while len(menu) + len(head) < KILOBYTES * 1000:
        menu += f"<li class='menu item'><a href='/section/{chance.randrange(10**9)}'>{chance.choice(FILLER[language])}</a></li>\n"
    return (
        article(body, f"{chance.choice(lines)} {number}", head)
        .replace("</nav>", f"<ul>{menu}</ul></nav>")
        .encode(encoding, "xmlcharrefreplace")
    )


def write(path: Path, pages: int, hits: float) -> None:
    """A WARC file with a share of hits, evenly spread."""
    chance = random.Random(path.name)
    with path.open("wb") as file:
        for number in range(pages):
            is_hit = int((number + 1) * hits) > int(number * hits)
            response = Written(
                f"https://{path.stem}.example/{number}",
                page(number, chance, is_hit),
                (("Content-Type", "text/html"),),
            )
            file.write(members([response])[0])


def rate(path: Path, out: Path) -> tuple[float, int]:
    """Pages per processor second of one file, in this process, and how many texts they gave."""
    began = time.process_time()
    report = mine(WarcFile(str(path), path.stat().st_size), out)
    return report.counts["pages"] / (time.process_time() - began), report.counts["texts"]


def run(script: str, *arguments: str) -> dict[str, float]:
    done = subprocess.run([sys.executable, "-c", script, *arguments], check=True, capture_output=True, text=True)
    result: dict[str, float] = json.loads(done.stdout)
    return result


def rates(folder: Path) -> tuple[float, float]:
    """Pages without a hit, and hits, per processor second."""
    write(folder / "warm.warc.gz", 5, 1.0)
    write(folder / "none.warc.gz", PAGES, 0.0)
    write(folder / "all.warc.gz", ONLY_HITS, 1.0)
    rate(folder / "warm.warc.gz", folder / "o")  # imports and the model
    passed, texts = rate(folder / "none.warc.gz", folder / "o")
    assert texts == 0
    hits, texts = rate(folder / "all.warc.gz", folder / "o")
    assert texts == ONLY_HITS
    return passed, hits


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        pages, hits = rates(folder)
        print(f"pages that the filter rules out  {pages:,.0f} per processor second")
        print(f"hits: text and statements        {hits:,.0f} per processor second")
        for share in SHARES:
            hours = 1e8 * (1 / pages + share / hits) / 3600
            print(f"10^8 pages at {share:.1%} hits          {hours:,.1f} processor hours (computed)")
        (folder / "warcs").mkdir()
        for number in range(FILES):
            path = folder / "warcs" / f"{number}.warc.gz"
            if number < DIFFERENT:
                write(path, PAGES, HITS)
            else:
                shutil.copy(folder / "warcs" / f"{number % DIFFERENT}.warc.gz", path)
        compare_engines(folder)
        for count in (PAGES, 4 * PAGES):
            write(folder / "m.warc.gz", count, HITS)
            peak = run(ONE_FILE, str(folder / "m.warc.gz"), str(folder / "o"))
            print(f"one file of {count:,} pages: peak memory {peak} MiB")


def compare_engines(folder: Path) -> None:
    print(f"{FILES} files of {PAGES:,} pages, {HITS:.0%} hits:")
    start = run(START)["cpu"]
    found = {}
    for engine, workers in (("local", 1), ("local", 2), ("ray", 2)):
        out = folder / f"{engine}{workers}"
        out.mkdir()
        found[engine, workers] = result = run(ENGINE, str(folder / "warcs"), str(out), engine, str(workers))
        speed = FILES * PAGES / result["cpu"]
        print(
            f"{engine}, {workers} workers: {result['cpu']:.1f} processor seconds ({speed:,.0f} pages each), {result['wall']:.1f} s"
        )
    ray, local = found["ray", 2]["cpu"], found["local", 2]["cpu"]
    print(f"Ray / local, with Ray's start of {start:.1f} s  {ray / local:.2f} of the processor time")
    print(f"Ray / local, without             {(ray - start) / local:.2f} (at most 1.4 wanted)")
    one, two = found["local", 1], found["local", 2]
    print(f"two workers / one, by the clock  {one['wall'] / two['wall']:.2f} (load average {os.getloadavg()[0]:.1f})")
    # What the clock would show on a machine with a free processor for each: the longest worker's time and this one's.
    print(f"two workers / one, computed      {one['longest'] / two['longest']:.2f}")
    begun = one_small_file(folder)
    after_start = (one["longest"] - begun) / (two["longest"] - begun)
    print(f"the same, without a start of {begun:.1f} s {after_start:.2f} (at least 1.8 wanted)")


def one_small_file(folder: Path) -> float:
    """Processor seconds of a run that does next to nothing: imports, and the model."""
    (folder / "small").mkdir()
    (folder / "out").mkdir()
    write(folder / "small" / "a.warc.gz", 5, 1.0)
    return run(ENGINE, str(folder / "small"), str(folder / "out"), "local", "1")["longest"]


if __name__ == "__main__":
    main()
