"""The moments at which the screens are compared, each with what a reviewer of its picture looks for."""

from __future__ import annotations

from collections.abc import Callable

from tests.screens.scenes import Scene

from handrail.readings import Failure
from handrail.text import SafeText, safe
from handrail.walk import events as e
from handrail.walk.view import Notice

LINE_OF_SLAVE = (
    "AMQ221109: Apache ActiveMQ Artemis Backup Server version 2.44.0 [5c1e0b9c] started; "
    "waiting for primary to fail before activating"
)


def confirm() -> Scene:
    """What is required is met in boxes; the act with its host; the consequence; Enter asks for the name."""
    return Scene().reach("stop-slave")


def required_unmet() -> Scene:
    """The unmet requirement is an alert with x; Enter is off and the reserved line says why."""
    scene = Scene().reach("start-slave")
    scene.read("broker-a", active=False)
    return scene.confirm()


def send() -> Scene:
    """Confirm says given; Enter sends."""
    return Scene().reach("stop-slave").confirm()


def begin_by_hand() -> Scene:
    """By hand: Enter begins; nothing says send."""
    scene = Scene().reach("copy-journal")
    return scene.read("broker-b", started=Failure.REFUSED, active=Failure.REFUSED)


def sending() -> Scene:
    """What was sent stands there; nothing can be asked for; the reserved line says sending."""
    scene = Scene().reach("stop-slave").confirm().send()
    scene.around["busy"] = safe("sending to broker-b")
    return scene


def done_by_hand() -> Scene:
    """Begun by hand: Enter says done."""
    scene = Scene().reach("copy-journal").confirm().send()
    return scene.read("broker-b", started=Failure.REFUSED, active=Failure.REFUSED)


def waiting() -> Scene:
    """Expected and found side by side, the waited line, the if-not; Enter is off."""
    scene = sent("start-slave")
    scene.read("broker-b", active=False, backup=True)
    scene.print("broker-b", LINE_OF_SLAVE)
    scene.around |= {"waited_s": 38.0, "limit_s": 120.0, "next_read_s": 2.0}
    scene.view()
    scene.second += 4
    return scene


def near_miss() -> Scene:
    """The line that looks right is explained, and does not count."""
    scene = waiting()
    scene.around["near_miss"] = safe(
        'saw "AMQ221031: backup announced": the slave is announced and has not copied everything'
    )
    return scene


def missed() -> Scene:
    """NOT OBTAINED with why; what was found; the ways on; no Enter."""
    scene = sent("start-slave")
    scene.read("broker-b", active=False, backup=True)
    this = scene.this
    scene.around |= {"waited_s": 121.0, "limit_s": 120.0}
    return scene.add(e.Missed(**this, waited_s=121, why="not obtained in 120 s"))


def attest() -> Scene:
    """The question and its options stand in the step; Enter answers."""
    return Scene().reach("failback-settings")


def attested_wrong() -> Scene:
    """What the operator said beside what is needed; retry and override are offered, skip is not."""
    scene = attest()
    return scene.add(e.Attested(**scene.this, value="not both true"))


def already() -> Scene:
    """The systems show the step as done: Enter and k take it so, and nothing is sent."""
    scene = Scene().reach("stop-slave")
    return scene.read("broker-b", started=Failure.REFUSED, active=Failure.REFUSED)


def undecided() -> Scene:
    """UNDECIDED with why; what would show that it took effect; u decides."""
    scene = Scene().reach("stop-slave").confirm().send()
    return scene.add(e.Acted(**scene.this, result="unknown", detail="no end within 120 s"))


def guard_lost() -> Scene:
    """GUARD LOST in an alert, what to do first, and g; nothing is sent meanwhile."""
    scene = Scene().reach("stop-master").confirm()
    scene.read("broker-a", replica_sync=True).read("broker-b", replica_sync=True)
    scene.view()
    scene.second += 9
    return scene.add(e.GuardLost(guard="two-live-again"))


def not_saved() -> Scene:
    """NOT SAVED above everything, and on the reserved line."""
    scene = send()
    scene.around |= {
        "unsaved": safe("no space left on device: runs/2026-03-29-031400/0001-ana/000014.toml"),
        "notice": Notice(99, safe("NOT SAVED: no space left on device"), "NOT SAVED"),
    }
    return scene


def brief() -> Scene:
    """After a resume: last settled, now at, what changed; only Enter."""
    scene = Scene().reach("stop-slave").add(e.Held(why="hang-up"), e.Resumed(away_s=754))
    scene.around["brief"] = brief_lines(2)
    return scene


def long_brief() -> Scene:
    """A brief that does not fit says so, and Enter opens the rest."""
    scene = brief()
    scene.around["brief"] = brief_lines(40)
    return scene


def brief_lines(changes: int) -> tuple[SafeText, ...]:
    """A brief with so many changes."""
    lines = [
        "Away for 12 min 34 s. Nothing was watched meanwhile.",
        "Last settled: Messages the slave holds (done)",
        "Now at: Stop the slave broker (not confirmed yet)",
        "Changed meanwhile:",
        *(f"  broker-b: total-messages [orders.{number}] was {number}, is 0" for number in range(changes)),
    ]
    return tuple(safe(line) for line in lines)


def log_unreadable() -> Scene:
    """Why the awaited log cannot be read stands in the step."""
    scene = sent("start-slave")
    from handrail.observe.situation import Source, SourceState

    scene.sources["broker-b"] = SourceState(Source.CANNOT_READ, 12, "12", safe("permission denied"))
    scene.around |= {"waited_s": 12.0, "limit_s": 120.0}
    return scene


def settled() -> Scene:
    """Every step is settled: Enter completes."""
    return healthy(Scene().settle())


def ended() -> Scene:
    """How it ended, what was left out, the verdict in three words, q leaves."""
    scene = Scene().reach("network-mended")
    scene.add(e.Skipped(**scene.this, reason="told by somebody: Ben, network"))
    scene.settle().add(e.Ended(how="complete"))
    scene.around |= {
        "verdict": safe("SEALED  signed by ana (allowed)  ANCHOR NOT CHECKED"),
        "stopped": True,
    }
    return healthy(scene)


def aborted() -> Scene:
    """ABORTED with the reason and what is left behind."""
    scene = Scene().reach("stop-slave")
    left = scene.current.section.abort
    scene.add(e.Ended(how="aborted", reason="the network team repairs the link first", left=left))
    scene.around |= {"verdict": safe("SEALED  signed by ana (allowed)  ANCHOR NOT CHECKED"), "stopped": True}
    return scene


def drill() -> Scene:
    """The word DRILL, and never LIVE."""
    return Scene(mode="drill", site="DRILL", incident="").reach("stop-slave")


def sent(step: str) -> Scene:
    """The step's act was sent and accepted; it waits."""
    scene = Scene().reach(step).confirm().send()
    return scene.add(e.Acted(**scene.this, result="accepted", detail="started"))


def healthy(scene: Scene) -> Scene:
    """The pair as it is in the end."""
    scene.read("broker-a", replica_sync=True, client_connections=8)
    return scene.read("broker-b", active=False, backup=True, replica_sync=True, client_connections=0)


MOMENTS: dict[str, Callable[[], Scene]] = {
    moment.__name__: moment
    for moment in (
        confirm,
        required_unmet,
        send,
        begin_by_hand,
        sending,
        done_by_hand,
        waiting,
        near_miss,
        missed,
        attest,
        attested_wrong,
        already,
        undecided,
        guard_lost,
        not_saved,
        brief,
        long_brief,
        log_unreadable,
        settled,
        ended,
        aborted,
        drill,
    )
}
