//! `coyote-host replay --interactive`: an execution in the terminal. Steps on the left, the app on the right.

use std::io;

use coyote_host::{Alternative, Change, Timeline, View, ViewLine};
use ratatui::Terminal;
use ratatui::backend::TermionBackend;
use ratatui::layout::{Constraint, Layout};
use ratatui::style::{Modifier, Style, Stylize as _};
use ratatui::text::{Line, Text};
use ratatui::widgets::{Block, List, ListState, Paragraph};
use ratatui::{Frame, layout::Rect};
use termion::event::Key;
use termion::input::TermRead as _;
use termion::raw::IntoRawMode as _;
use termion::screen::IntoAlternateScreen as _;

/// How many steps a page has.
const PAGE: usize = 20;

const KEYS: &str = " n/p step  PgDn/PgUp 20 steps  g/G start/end  </> same actor  1-9 another choice  j/k scroll  q quit ";

/// What the terminal shows.
struct Debugger {
    timeline: Timeline,
    view: View,
    /// The view after the step before, to mark what has changed.
    earlier: View,
    alternatives: Vec<Alternative>,
    scrolled: u16,
}

/// Lets the user go through an execution.
///
/// # Errors
///
/// There is no terminal.
pub(crate) fn run(timeline: Timeline) -> io::Result<()> {
    let screen = io::stdout().into_raw_mode()?.into_alternate_screen()?;
    let mut terminal = Terminal::new(TermionBackend::new(screen))?;
    let mut debugger = Debugger::new(timeline);
    terminal.draw(|frame| debugger.draw(frame))?;
    for key in io::stdin().keys() {
        if !debugger.press(key?) {
            break;
        }
        terminal.draw(|frame| debugger.draw(frame))?;
    }
    terminal.show_cursor()
}

impl Debugger {
    fn new(mut timeline: Timeline) -> Self {
        let view = timeline.view();
        let mut debugger =
            Self { timeline, earlier: view.clone(), view, alternatives: Vec::new(), scrolled: 0 };
        debugger.look();
        debugger
    }

    /// Reacts to a key; whether there is more to come.
    fn press(&mut self, key: Key) -> bool {
        let (at, len) = (self.timeline.at(), self.timeline.len());
        let step = match key {
            Key::Char('q') | Key::Esc | Key::Ctrl('c') => return false,
            Key::Char('n' | '\n') | Key::Right | Key::Down => at + 1,
            Key::Char('p') | Key::Left | Key::Up => at.saturating_sub(1),
            Key::PageDown => at + PAGE,
            Key::PageUp => at.saturating_sub(PAGE),
            Key::Char('g') | Key::Home => 0,
            Key::Char('G') | Key::End => len,
            Key::Char('>') => self.of_same_actor(at + 1..=len).unwrap_or(at),
            Key::Char('<') => self.of_same_actor((1..at).rev()).unwrap_or(at),
            Key::Char('j') => {
                self.scrolled = self.scrolled.saturating_add(1);
                return true;
            }
            Key::Char('k') => {
                self.scrolled = self.scrolled.saturating_sub(1);
                return true;
            }
            Key::Char(digit @ '1'..='9') => {
                let place = digit as usize - '1' as usize;
                let Some(alternative) = self.alternatives.get(place) else { return true };
                if !alternative.taken {
                    self.timeline.take(alternative);
                }
                at + 1
            }
            _ => return true,
        };
        self.timeline.go_to(step);
        self.look();
        true
    }

    /// The first of these steps that the actor of the present one takes.
    fn of_same_actor(&self, mut steps: impl Iterator<Item = usize>) -> Option<usize> {
        let lines = &self.timeline.report().lines;
        let actor = &lines.get(self.timeline.at().checked_sub(1)?)?.actor;
        steps.find(|&step| lines[step - 1].actor == *actor)
    }

    fn look(&mut self) {
        let at = self.timeline.at();
        self.timeline.go_to(at.saturating_sub(1));
        self.earlier = self.timeline.view();
        self.timeline.go_to(at);
        self.view = self.timeline.view();
        self.alternatives = self.timeline.alternatives();
        self.scrolled = 0;
    }

    fn draw(&self, frame: &mut Frame<'_>) {
        let rows = [Constraint::Fill(1), Constraint::Length(1)];
        let [body, keys] = Layout::vertical(rows).areas(frame.area());
        let columns = [Constraint::Percentage(50), Constraint::Percentage(50)];
        let [left, right] = Layout::horizontal(columns).areas(body);
        let choices = u16::try_from(self.alternatives.len()).unwrap_or(u16::MAX).min(9) + 2;
        let parts = [Constraint::Fill(1), Constraint::Length(choices)];
        let [steps, choices] = Layout::vertical(parts).areas(left);
        self.draw_steps(frame, steps);
        self.draw_choices(frame, choices);
        self.draw_app(frame, right);
        frame.render_widget(Line::from(KEYS).reversed(), keys);
    }

    fn draw_steps(&self, frame: &mut Frame<'_>, area: Rect) {
        let report = self.timeline.report();
        let mut lines: Vec<_> =
            report.lines.iter().map(|line| Line::from(line.to_string())).collect();
        lines.insert(0, Line::from("   0  the start"));
        lines.push(match &report.bug {
            Some((kind, message)) => Line::from(format!("{kind}: {message}")).red(),
            None => Line::from(format!("no bug: {}", report.ending)).green(),
        });
        let mut state = ListState::default().with_selected(Some(self.timeline.at()));
        let list = List::new(lines)
            .block(Block::bordered().title(format!(" {} ", report.test)))
            .highlight_style(Style::from(Modifier::REVERSED));
        frame.render_stateful_widget(list, area, &mut state);
    }

    fn draw_choices(&self, frame: &mut Frame<'_>, area: Rect) {
        let text = super::travel::told_alternatives(&self.alternatives);
        let block = Block::bordered().title(" next, and instead of it ");
        frame.render_widget(Paragraph::new(text).block(block), area);
    }

    fn draw_app(&self, frame: &mut Frame<'_>, area: Rect) {
        let lines = self.view.since(&self.earlier).into_iter().map(coloured);
        let now = humantime::format_duration(self.view.now);
        let title = format!(" after step {}, at {now} ", self.view.step);
        let text = Paragraph::new(Text::from_iter(lines)).scroll((self.scrolled, 0));
        frame.render_widget(text.block(Block::bordered().title(title)), area);
    }
}

fn coloured(line: ViewLine) -> Line<'static> {
    let text = Line::from(line.to_string());
    match line.change {
        Change::None => text,
        Change::Removed => text.red(),
        Change::Added => text.green(),
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;
    use std::sync::LazyLock;

    use coyote_host::{App, Replay};
    use expect_test::expect_file;
    use ratatui::backend::TestBackend;

    use super::*;

    /// Compiled components are kept here.
    static CACHE: LazyLock<tempfile::TempDir> = LazyLock::new(|| tempfile::tempdir().unwrap());

    fn example() -> Debugger {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../example-actors/hello-world");
        let trace = folder.join("traces/second-pong.trace");
        let app = App::load(&folder.join("buggy.toml")).unwrap();
        let replay = Replay::new(app, trace.to_str().unwrap()).unwrap();
        Debugger::new(replay.cache(CACHE.path()).go_on().open().unwrap())
    }

    fn screen(debugger: &Debugger) -> String {
        let mut terminal = Terminal::new(TestBackend::new(110, 30)).unwrap();
        terminal.draw(|frame| debugger.draw(frame)).unwrap();
        terminal.backend().to_string()
    }

    fn at(debugger: &mut Debugger, keys: &[Key]) -> usize {
        for &key in keys {
            assert!(debugger.press(key));
        }
        debugger.timeline.at()
    }

    #[test]
    fn what_the_terminal_shows() {
        let mut debugger = example();
        expect_file!["../../tests/cmd/debugger-end.txt"].assert_eq(&screen(&debugger));
        at(&mut debugger, &[Key::Home, Key::Char('n'), Key::Char('n'), Key::Char('n')]);
        expect_file!["../../tests/cmd/debugger-step-3.txt"].assert_eq(&screen(&debugger));
    }

    #[test]
    fn keys_go_through_the_steps() {
        let mut debugger = example();
        let end = debugger.timeline.len();
        assert_eq!(at(&mut debugger, &[]), end);
        assert_eq!(at(&mut debugger, &[Key::Right]), end);
        assert_eq!(at(&mut debugger, &[Key::Left, Key::Up, Key::Char('p')]), end - 3);
        assert_eq!(at(&mut debugger, &[Key::PageUp, Key::Left]), 0);
        assert_eq!(at(&mut debugger, &[Key::Down, Key::Char('\n')]), 2);
        assert_eq!(at(&mut debugger, &[Key::Char('G')]), end);
        assert_eq!(at(&mut debugger, &[Key::Char('g'), Key::PageDown]), end.min(PAGE));
        assert_eq!(
            at(&mut debugger, &[Key::Char('x'), Key::Char('j'), Key::Char('k')]),
            end.min(PAGE)
        );
        assert!(!debugger.press(Key::Char('q')));
    }

    #[test]
    fn the_same_actor_before_and_after() {
        let mut debugger = example();
        assert_eq!(at(&mut debugger, &[Key::Home, Key::Right, Key::Right, Key::Char('>')]), 8);
        let actor = |step: usize| &debugger.timeline.report().lines[step - 1].actor;
        assert_eq!(actor(2), actor(8));
        assert_eq!(at(&mut debugger, &[Key::Char('<')]), 2);
    }

    #[test]
    fn a_digit_takes_another_choice() {
        let mut debugger = example();
        at(&mut debugger, &[Key::Home]);
        let other = debugger.alternatives.iter().position(|choice| !choice.taken).unwrap();
        let what = debugger.alternatives[other].what.clone();
        let digit = char::from_digit(u32::try_from(other).unwrap() + 1, 10).unwrap();
        assert_eq!(at(&mut debugger, &[Key::Char(digit)]), 1);
        let line = &debugger.timeline.report().lines[0];
        assert!(what.starts_with(&format!("{} {}", line.actor, line.what)), "{what}, {line}");
    }
}
