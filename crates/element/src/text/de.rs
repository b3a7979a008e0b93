//! German.

use super::Words;

/// German.
pub const WORDS: Words = Words {
    tag: "de",
    thousands: ".",
    decimal: ',',
    reasons: [
        "Nächste Abfrage @",
        "Ende vorhergesagt, nächste Abfrage @",
        "CXone konnte nicht antworten, nächster Versuch @",
        "Anfragen begrenzt, nächster Versuch @",
        "Wartet auf einen freien Platz, nächster Versuch @",
        "CXone ist gestört, nächster Versuch @",
        "Kein Token von CXone, nächster Versuch @",
        "Die Antwort ging verloren, Suche danach @",
        "Wartet auf den Rückruf von CXone, Aufgabe @",
    ],
    reason_unknown: "Wartet, nächster Versuch @",
    within: "in @",
    now: "jetzt",
    loading: "Lädt",
    unavailable: "Nicht verfügbar",
    nothing: "Nichts anzuzeigen",
    progress_label: "Fortschritt",
    left: "noch etwa @",
    nearly: "sollte gleich enden",
    took: "dauerte @",
    elapsed: "seit @",
    updated: "vor @ aktualisiert",
    updated_now: "gerade aktualisiert",
    ended: "Beendet @",
    live: "Live",
    polling: "Live durch Abfragen",
    connecting: "Verbindet",
    reconnecting: "Verbindet erneut",
    reconnecting_in: "Offline, neue Verbindung @",
    stopped: "Nicht verbunden",
    connection_lost: "Verbindung verloren",
    connection_back: "Wieder verbunden",
    percent_done: "@ Prozent erledigt",
};
