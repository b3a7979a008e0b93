//! German.

use super::Words;

pub(super) static WORDS: Words = Words {
    every: cxpulse_element::text::GERMAN,
    statuses: ["Angenommen", "In der Warteschlange", "Läuft", "Abgeschlossen", "Fehlgeschlagen", "Abgebrochen"],
    outcomes: [
        "Abgeschlossen",
        "Fehlgeschlagen",
        "Abgebrochen",
        "Zeit abgelaufen",
        "Abgelehnt",
        "Ungültige Antwort",
        "Verbleib unbekannt",
    ],
    asking: "Fragt CXone",
    problems: [
        "Der Zugang dieser Seite ist abgelaufen oder ungültig.",
        "Diese Seite darf diese Ausführung nicht sehen.",
        "Diese Ausführung gibt es nicht, oder nicht mehr.",
        "Der Server zeigt diese Ausführung nicht.",
        "Die Adresse dieser Ausführung ist ungültig.",
    ],
    untitled: "Ausführung",
    attempt: "Versuch @",
    progress: ["@ von ", "@ Datensätzen"],
    result: "Ergebnis",
    kept: "Früheres Ergebnis, von @",
    detail: "Was CXone sagt",
    anomalies: ["1 Anomalie", "@ Anomalien"],
};
