//! The page of all answers: photos beside each other, mistakes first, each with a link to the answer in full.

use std::fmt::Write as _;
use std::path::Path;

use resight_files::PAGE_MARK;

use super::{Answered, DemoVerdict, Score};

const STYLE: &str = "\
body{margin:0 auto;max-width:1160px;padding:24px 20px 60px;color:#1f2933;background:#f5f7f9;font:15px/1.5 system-ui,sans-serif}
.sheet{display:grid;grid-template-columns:repeat(auto-fill,minmax(340px,1fr));gap:14px}
.one{background:#fff;border:1px solid #e1e5ea;border-left:6px solid #009e73;border-radius:8px;padding:10px 12px}
.wrong{border-left-color:#d55e00}.asked{border-left-color:#0072b2}
.pair{display:grid;grid-template-columns:1fr 1fr;gap:8px;margin-bottom:6px}
.pair img{width:100%;border-radius:4px;display:block}
.soft{color:#5b6773;font-size:13px}";

/// The page. Its pictures are those of the demonstration's folder, so it stays there.
pub(crate) fn page(answered: &[Answered], folder: &Path) -> String {
    let known = Score::over(answered.iter().filter(|one| !one.question.is_new));
    let new = Score::over(answered.iter().filter(|one| one.question.is_new));
    let mut html = format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\">{PAGE_MARK}<title>resight demo</title>\
         <style>{STYLE}</style></head><body><h1>Who is this?</h1>\
         <p>{known} known animals were named rightly, {new} newcomers were told to be new. In each pair the \
         animal asked about is on the left, the most similar photo of the catalog on the right. Mistakes come \
         first. All animals are synthetic.</p><div class=\"sheet\">"
    );
    let mistakes_first = answered
        .iter()
        .filter(|one| one.verdict != DemoVerdict::Right)
        .chain(answered.iter().filter(|one| one.verdict == DemoVerdict::Right));
    for one in mistakes_first {
        answer(&mut html, one, folder);
    }
    html.push_str("</div></body></html>\n");
    html
}

fn answer(html: &mut String, one: &Answered, folder: &Path) {
    let (class, word) = match one.verdict {
        DemoVerdict::Right => ("right", "right"),
        DemoVerdict::Wrong => ("wrong", "wrong"),
        DemoVerdict::Asked => ("asked", "asks"),
    };
    let image = |path: &Path| format!("<img loading=\"lazy\" alt=\"\" src=\"{}\">", relative(path, folder));
    let asked = one.question.photos.first().map(|path| image(path)).unwrap_or_default();
    let nearest = one.answer.candidates.first();
    let beside = nearest.map(|candidate| image(Path::new(&candidate.best_photo))).unwrap_or_default();
    let who = if one.question.is_new { ", a newcomer" } else { "" };
    let likest = nearest.map(|candidate| candidate.individual.as_str()).unwrap_or_default();
    let _ = writeln!(
        html,
        "<div class=\"one {class}\"><div class=\"pair\">{asked}{beside}</div><b>{} {word}: {}</b>\
         <div class=\"soft\">it is {}{who}; most similar: {likest}; \
         <a href=\"answers/{}.html\">the answer in full</a></div></div>",
        one.verdict.sign(),
        one.said(),
        one.question.truth,
        one.question.encounter,
    );
}

/// The path as seen from the page. The names below the folder are the demonstration's own, without blanks.
fn relative(path: &Path, folder: &Path) -> String {
    let absolute = std::path::absolute(folder).unwrap_or_else(|_| folder.to_owned());
    let inside = path.strip_prefix(folder).or_else(|_| path.strip_prefix(&absolute)).unwrap_or(path);
    inside.components().map(|part| part.as_os_str().to_string_lossy()).collect::<Vec<_>>().join("/")
}
