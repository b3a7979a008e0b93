//! Each form, escaped: names are harmless, but what upstream says of a failure is anybody's text.

use cxpulse_core::chain::layout::{NODE_HEIGHT, NODE_WIDTH};
use cxpulse_core::chain::picture::{Picture, PictureEdge, PictureForm, PictureNode};
use cxpulse_core::wire::chain::{ChainStatus, NodeFault};
use expect_test::expect;
use proptest::prelude::*;

use super::super::layout::laid_out;

/// `name: needs…` by number, with states in turn, of which the first failed with `message`.
pub(crate) fn picture(needs: &[Vec<u32>], message: &str) -> Picture {
    let layout = laid_out(needs);
    let name = |node: usize| format!("node_{node}");
    let node = |(index, place): (usize, &cxpulse_core::chain::layout::Place)| PictureNode {
        name: name(index),
        action_id: "sim-fast".to_owned(),
        status: ChainStatus::ALL[(index + 1) % 7],
        reason: (index == 1).then(|| "timeout_fallback".to_owned()),
        error: (index == 0).then(|| NodeFault { code: "UPSTREAM_FAILED".to_owned(), message: message.to_owned() }),
        attempts: u32::try_from(index % 3).expect("few"),
        latency_ms: (index % 2 == 0).then_some(41 * 30_u64.pow(u32::try_from(index % 4).expect("few"))),
        critical: index == 0 || index + 1 == needs.len(),
        layer: place.layer,
        x: place.x,
        y: place.y,
    };
    let edge = |route: &cxpulse_core::chain::layout::Route| PictureEdge {
        from: name(usize::try_from(route.from).expect("few")),
        to: name(usize::try_from(route.to).expect("few")),
        critical: route.from == 0,
        points: route.points.clone(),
    };
    Picture {
        id: "chn_0123".to_owned(),
        seq: 7,
        width: layout.width,
        height: layout.height,
        node_width: NODE_WIDTH,
        node_height: NODE_HEIGHT,
        nodes: layout.places.iter().enumerate().map(node).collect(),
        edges: layout.routes.iter().map(edge).collect(),
        critical_path: vec![name(0)],
    }
}

const HOSTILE: &str = "\"]; }\\ --> <script>alert(1)</script> & 'x' `y` #quot; %% \u{0}\u{1b}\u{ffff}\nclick n0 \"javascript:1\" \u{202e}ä😀";

#[test]
fn dot_is_written_with_states_and_the_critical_path() {
    expect![[r##"
        digraph "chn_0123" {
          rankdir=LR;
          node [shape=box, fontname="sans-serif"];
          "node_0" [label="node_0\nfailed, 41 ms", style="filled,bold", fillcolor="#fbdcd9", fontcolor="#111111", penwidth=3, tooltip="UPSTREAM_FAILED: \"]; }\\ --> <script>alert(1)</script> & 'x' `y` #quot; %%    \nclick n0 \"javascript:1\"  ä😀"];
          "node_1" [label="node_1\ndegraded", style="filled,rounded", fillcolor="#fdeec2", fontcolor="#111111", penwidth=1, tooltip="timeout_fallback"];
          "node_2" [label="node_2\ncanceled, 36.9 s, 2 attempts", style="filled,diagonals", fillcolor="#e6e6e6", fontcolor="#111111", penwidth=1];
          "node_3" [label="node_3\nskipped", style="filled,dotted", fillcolor="#ffffff", fontcolor="#111111", penwidth=3];
          "node_0" -> "node_1" [penwidth=3];
          "node_0" -> "node_2" [penwidth=3];
          "node_1" -> "node_3";
          "node_2" -> "node_3";
        }
    "##]].assert_eq(&picture(&[vec![], vec![0], vec![0], vec![1, 2]], HOSTILE).written(PictureForm::Dot));
}

#[test]
fn mermaid_is_written_with_states_and_the_critical_path() {
    expect![[r#"
        flowchart LR
          n0["node_0<br/>failed, 41 ms<br/>UPSTREAM_FAILED#58; #34;#93;#59; #125;#92; --#62; #60;script#62;alert#40;1#41;#60;#47;script#62; #38; #39;x#39; #96;y#96; #35;quot#59; #37;#37;   #65535; c…"]:::failed
          n1["node_1<br/>degraded<br/>timeout_fallback"]:::degraded
          n2["node_2<br/>canceled, 36.9 s, 2 attempts"]:::canceled
          n3["node_3<br/>skipped"]:::skipped
          n0 ==> n1
          n0 ==> n2
          n1 --> n3
          n2 --> n3
          classDef successful fill:#d7f0dd,stroke:#1a7f37,color:#111
          classDef failed fill:#fbdcd9,stroke:#b3261e,stroke-width:3px,color:#111
          classDef degraded fill:#fdeec2,stroke:#8a6100,color:#111
          classDef canceled fill:#e6e6e6,stroke:#5c5c5c,color:#111
          classDef skipped fill:#fff,stroke:#5c5c5c,stroke-dasharray:2 4,color:#333
          classDef not_started fill:#fff,stroke:#5c5c5c,stroke-dasharray:6 4,color:#333
          classDef running fill:#d6e6fb,stroke:#0b57d0,stroke-width:2px,color:#111
    "#]].assert_eq(&picture(&[vec![], vec![0], vec![0], vec![1, 2]], HOSTILE).written(PictureForm::Mermaid));
}

#[test]
fn svg_says_in_words_what_it_shows() {
    expect![[r#"
        <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 520 84" width="520" height="84" role="graphics-document document" aria-roledescription="chain" aria-labelledby="title desc">
        <title id="title">Chain chn_0123</title>
        <desc id="desc">Nodes: 2. Dependencies: 1. Of these failed: 1. Of these degraded: 1. Critical path: node_0.</desc>
        <style>svg{color-scheme:light dark;font:13px system-ui,sans-serif}.page{fill:#fff}.edge{fill:none;stroke:#767676;stroke-width:1.5}.edge.critical{stroke:#111;stroke-width:3}.tip{fill:#767676}.tip.critical{fill:#111}.node rect{fill:#fff;stroke:#5c5c5c;stroke-width:1.5}.node.critical rect{stroke-width:3}.node text{fill:#111}.node .name{font-weight:600}.node .sign{font-size:16px}.successful rect{fill:#e3f5e7;stroke:#1a7f37}.failed rect{fill:#fde7e5;stroke:#b3261e}.degraded rect{fill:#fdf1cf;stroke:#8a6100}.canceled rect{fill:#ececec}.skipped rect{stroke-dasharray:2 4}.not_started rect{stroke-dasharray:6 4}.running rect{fill:#e1edfd;stroke:#0b57d0}@media (prefers-color-scheme:dark){.page{fill:#16181c}.edge{stroke:#8e9299}.edge.critical{stroke:#f2f2f2}.tip{fill:#8e9299}.tip.critical{fill:#f2f2f2}.node rect{fill:#1f2227;stroke:#a0a4ab}.node text{fill:#f2f2f2}.successful rect{fill:#12331d;stroke:#5fca7d}.failed rect{fill:#431713;stroke:#ff8a80}.degraded rect{fill:#3b2d07;stroke:#e5b94b}.canceled rect{fill:#2c2f34}.running rect{fill:#10294d;stroke:#7fb1ff}}</style>
        <rect class="page" width="520" height="84"/>
        <defs><marker id="arrow" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="8" markerHeight="8" markerUnits="userSpaceOnUse" orient="auto"><path class="tip" d="M0 0 8 4 0 8z"/></marker><marker id="arrow-critical" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="8" markerHeight="8" markerUnits="userSpaceOnUse" orient="auto"><path class="tip critical" d="M0 0 8 4 0 8z"/></marker></defs>
        <g aria-hidden="true">
        <path class="edge critical" d="M224 42H296" marker-end="url(#arrow-critical)"/>
        </g>
        <g class="node failed critical" role="graphics-symbol img" aria-label="node_0: failed, 41 ms, UPSTREAM_FAILED: &quot;]; }\ --&gt; &lt;script&gt;alert(1)&lt;/script&gt; &amp; &#39;x&#39; `y` #quot; %%     click n0 &quot;javascript:1&quot;  ä😀. On the critical path" transform="translate(16 16)"><title>node_0, failed, 41 ms: UPSTREAM_FAILED: &quot;]; }\ --&gt; &lt;script&gt;alert(1)&lt;/script&gt; &amp; &#39;x&#39; `y` #quot; %%     click n0 &quot;javascript:1&quot;  ä😀</title><rect width="208" height="52" rx="8"/><text class="sign" x="14" y="32">✕</text><text class="name" x="38" y="22">node_0</text><text class="state" x="38" y="40">failed · 41 ms</text></g>
        <g class="node degraded critical" role="graphics-symbol img" aria-label="node_1: degraded, timeout_fallback. Needs node_0. On the critical path" transform="translate(296 16)"><title>node_1, degraded: timeout_fallback</title><rect width="208" height="52" rx="8"/><text class="sign" x="14" y="32">≈</text><text class="name" x="38" y="22">node_1</text><text class="state" x="38" y="40">degraded</text></g>
        </svg>
    "#]].assert_eq(&picture(&[vec![], vec![0]], HOSTILE).written(PictureForm::Svg));
}

#[test]
fn forms_are_found_by_name() {
    for form in PictureForm::ALL {
        assert_eq!(PictureForm::named(form.name()), Some(form));
    }
    assert_eq!(PictureForm::named("png"), None);
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    /// Every form keeps its own structure whatever a message says: as many tags, lines and quotes as with a message of letters only.
    #[test]
    fn no_message_changes_the_structure(message in any::<String>()) {
        let needs = [vec![], vec![0], vec![0, 1]];
        let (plain, hostile) = (picture(&needs, "x"), picture(&needs, &message));
        let count = |text: &str, sign: char| text.matches(sign).count();
        let svg = |picture: &Picture| picture.written(PictureForm::Svg);
        for sign in ['<', '>', '"'] {
            prop_assert_eq!(count(&svg(&plain), sign), count(&svg(&hostile), sign));
        }
        prop_assert!(svg(&hostile).chars().all(|letter| letter == '\n' || !letter.is_control()));
        let mermaid = |picture: &Picture| picture.written(PictureForm::Mermaid);
        for sign in ['"', '\n', '[', '<', '`', '%'] {
            prop_assert_eq!(count(&mermaid(&plain), sign), count(&mermaid(&hostile), sign));
        }
        let dot = |picture: &Picture| picture.written(PictureForm::Dot).replace("\\\\", "").replace("\\\"", "");
        for sign in ['"', '\n'] {
            prop_assert_eq!(count(&dot(&plain), sign), count(&dot(&hostile), sign));
        }
        let json: Result<serde_json::Value, _> = serde_json::from_str(&hostile.written(PictureForm::Json));
        prop_assert_eq!(json.ok().and_then(|json| json["nodes"][0]["error"]["message"].as_str().map(str::to_owned)), Some(message));
    }
}
