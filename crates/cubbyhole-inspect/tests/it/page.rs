//! The files of the page.

use crate::support::{Shop, get};

async fn file(name: &str) -> String {
    let app = Shop::new().app(|inspector| inspector);
    get(&app, &format!("/cache/{name}")).await.text().to_owned()
}

#[tokio::test]
async fn files_have_their_types() {
    let app = Shop::new().app(|inspector| inspector);
    for (name, media_type) in [
        ("page", "text/html; charset=utf-8"),
        ("app.js", "text/javascript; charset=utf-8"),
        ("style.css", "text/css; charset=utf-8"),
        ("icon.svg", "image/svg+xml"),
        ("api/snapshot", "application/json"),
    ] {
        let answer = get(&app, &format!("/cache/{name}")).await;
        assert_eq!(answer.header("content-type"), media_type, "{name}");
    }
}

#[tokio::test]
async fn the_page_needs_nothing_from_elsewhere_and_has_no_code_in_it() {
    let page = file("page").await;
    let attribute = |name: &str| {
        let start = format!("{name}=\"");
        let starts = page.split(&start).skip(1);
        starts
            .map(|rest| rest.split('"').next().unwrap())
            .collect::<Vec<_>>()
    };
    let mut links = attribute(" href");
    links.extend(attribute(" src"));
    for link in links {
        let ours = [
            "icon.svg",
            "style.css",
            "app.js",
            "api/snapshot",
            "#entries",
        ];
        assert!(ours.contains(&link), "{link}");
    }
    for handler in [
        " onclick",
        " onload",
        " onsubmit",
        " style=",
        "<style",
        "javascript:",
    ] {
        assert!(!page.contains(handler), "{handler}");
    }
    assert_eq!(page.matches("<script").count(), 1);
    assert!(page.contains("<script src=\"app.js\" defer></script>"));
}

#[tokio::test]
async fn the_script_writes_no_markup_and_the_styles_load_nothing() {
    let script = file("app.js").await;
    for way in [
        "innerHTML",
        "outerHTML",
        "insertAdjacentHTML",
        "document.write",
        "eval(",
        "new Function",
        "http://",
        "https://",
    ] {
        let found = script.replace("http://www.w3.org/2000/svg", "");
        assert!(!found.contains(way), "{way}");
    }
    let style = file("style.css").await;
    for way in ["url(", "@import"] {
        assert!(!style.contains(way), "{way}");
    }
    for asked in [
        "prefers-color-scheme: dark",
        "prefers-reduced-motion: reduce",
        ":focus-visible",
    ] {
        assert!(style.contains(asked), "{asked}");
    }
}

#[tokio::test]
async fn every_field_and_every_plot_has_a_name() {
    let page = file("page").await;
    for plot in page.split("<svg").skip(1) {
        let tag = plot.split('>').next().unwrap();
        assert!(tag.contains("role=\"img\""), "{tag}");
    }
    for field in ["<input", "<select", "<textarea"] {
        for (at, _) in page.match_indices(field) {
            let tag = page[at..].split('>').next().unwrap();
            let before = &page[..at];
            let is_within = before.rfind("<label").unwrap() > before.rfind("</label>").unwrap_or(0);
            assert!(is_within || tag.contains("id=\"search\""), "{tag}");
        }
    }
}

/// The ratio of contrast of two colours, by WCAG 2.2.
fn contrast(one: &str, other: &str) -> f64 {
    let luminance = |colour: &str| {
        let channel = |at: usize| {
            let value = u8::from_str_radix(&colour[at..at + 2], 16).unwrap();
            let part = f64::from(value) / 255.0;
            if part <= 0.04045 {
                part / 12.92
            } else {
                ((part + 0.055) / 1.055).powf(2.4)
            }
        };
        0.2126 * channel(1) + 0.7152 * channel(3) + 0.0722 * channel(5)
    };
    let (one, other) = (luminance(one) + 0.05, luminance(other) + 0.05);
    one.max(other) / one.min(other)
}

#[tokio::test]
async fn text_stands_out_in_light_and_in_dark() {
    let style = file("style.css").await;
    let themes: Vec<_> = style.split(":root {").skip(1).take(2).collect();
    assert_eq!(themes.len(), 2);
    for theme in themes {
        let colour = |name: &str| {
            let (_, rest) = theme.split_once(&format!("--{name}: ")).unwrap();
            rest.split(';').next().unwrap()
        };
        for ground in ["ground", "sheet", "hover"] {
            for text in ["text", "soft", "accent", "warm", "danger"] {
                let ratio = contrast(colour(text), colour(ground));
                assert!(ratio >= 4.5, "{text} on {ground}: {ratio:.2}");
            }
            for part in ["focus", "field"] {
                let ratio = contrast(colour(part), colour(ground));
                assert!(ratio >= 3.0, "{part} on {ground}: {ratio:.2}");
            }
        }
        assert!(contrast(colour("ground"), colour("danger")) >= 4.5);
    }
}
