//! The made-up world before anybody lives in it: accounts, their lists, fields and campaigns, with the skew of
//! real platforms (`domain.md` 6.2). Small enough to be held in memory at any number of subscribers.

use chrono::{Datelike, Days, NaiveTime, TimeDelta, Weekday};
use rand::rngs::ChaCha8Rng;
use rand::{Rng, RngExt, SeedableRng};
use rand_distr::{Beta, Distribution, Geometric, Poisson};
use uuid::Uuid;

use crate::clock::Instant;

/// How many campaigns a list gets in a year: two a month.
const CAMPAIGNS_A_YEAR: u32 = 24;

/// A made-up world.
pub struct World {
    /// What everything is drawn from.
    pub seed: u64,
    /// The end of the year that is made up.
    pub now: Instant,
    /// The largest first.
    pub accounts: Vec<Account>,
}

/// A customer.
pub struct Account {
    /// Its place in the world.
    pub index: usize,
    /// Its id.
    pub id: Uuid,
    /// Its name; the first two are Acme and Globex.
    pub name: String,
    /// Its domain under `.example`.
    pub domain: String,
    /// When it signed up.
    pub created_at: Instant,
    /// How many subscribers it has.
    pub subscribers: u64,
    /// Its lists, the most popular first.
    pub lists: Vec<List>,
    /// Its delivery server.
    pub server: Uuid,
    /// What it has set up beside.
    pub setup: Setup,
}

/// What an account has set up: the ids of what its campaigns and mails refer to.
pub struct Setup {
    /// Folders for campaigns.
    pub campaign_groups: [Uuid; 2],
    /// Categories of templates.
    pub categories: [Uuid; 2],
    /// Templates: two of campaigns, one of single mails.
    pub templates: [Uuid; 3],
    /// The domain that links lead through.
    pub tracking_domain: Uuid,
    /// The mailbox that mails come back to.
    pub bounce_server: Uuid,
    /// The mailbox that complaints come in by.
    pub feedback_loop_server: Uuid,
    /// A list of addresses that must not be mailed.
    pub suppression_list: Uuid,
}

/// A mailing list.
pub struct List {
    /// Its id.
    pub id: Uuid,
    /// Its name.
    pub name: String,
    /// How likely a subscriber is to be on it, relative to the others.
    pub weight: f64,
    /// Its custom fields.
    pub fields: Vec<Field>,
    /// Its campaigns, the oldest first.
    pub campaigns: Vec<Campaign>,
    /// Its segment.
    pub segment: Uuid,
}

/// A custom field.
pub struct Field {
    /// Its id.
    pub id: Uuid,
    /// Its merge tag.
    pub tag: String,
    /// Its label.
    pub label: String,
    /// Its kind, in the store's word.
    pub kind: &'static str,
    /// Its class of personal data; `None`: undecided.
    pub class: Option<&'static str>,
    /// How many people have filled it in.
    pub fill: f64,
}

/// A campaign that was sent.
pub struct Campaign {
    /// Its id.
    pub id: Uuid,
    /// Its subject line.
    pub subject: String,
    /// When it was sent.
    pub sent_at: Instant,
    /// Its links, the most clicked first.
    pub links: Vec<(Uuid, String)>,
}

/// Tag, label, kind and class of the fields that lists draw from.
const FIELDS: &[(&str, &str, &str, Option<&str>)] = &[
    ("FNAME", "First name", "text", Some("identity")),
    ("LNAME", "Last name", "text", Some("identity")),
    ("COMPANY", "Company", "text", Some("identity")),
    ("CITY", "City", "city", Some("location")),
    ("BIRTHDAY", "Birthday", "birthday", Some("identity")),
    ("PHONE", "Phone number", "phone", Some("contact")),
    ("INTEREST", "Interest", "choice", Some("preference")),
    ("PLAN", "Plan", "choice", Some("none")),
    ("DIET", "Dietary needs", "text", Some("special")),
    ("NOTES", "Notes", "textarea", None),
    ("SCORE", "Score", "number", Some("behaviour")),
    ("WEBSITE", "Website", "url", Some("contact")),
];

const LIST_NAMES: &[&str] = &[
    "Newsletter",
    "Offers",
    "Product news",
    "Événements",
    "Beta testers",
    "Partners",
    "Événements VIP",
    "Recipes",
    "Weekly digest",
    "お知らせ",
    "Investors",
    "Webinars",
    "Alumni",
    "Press",
    "Travel",
    "Seasonal",
];

const SUBJECTS: &[&str] = &[
    "What is new this month",
    "Three things you asked for",
    "Last days of the offer",
    "Ein Blick hinter die Kulissen",
    "Your guide to spring 🌱",
    "=HYPERLINK is not a subject",
    "Notes from the workshop",
    "Bientôt complet",
];

/// A random generator for one thing of the world, independent of how many others were made before it.
pub fn generator(seed: u64, account: usize, thing: u64) -> ChaCha8Rng {
    let mut bytes = [0_u8; 32];
    bytes[..8].copy_from_slice(&seed.to_le_bytes());
    bytes[8..16].copy_from_slice(&(account as u64).to_le_bytes());
    bytes[16..24].copy_from_slice(&thing.to_le_bytes());
    ChaCha8Rng::from_seed(bytes)
}

/// An id whose time part is `at`, as the writer would have made it then.
pub fn id_at(at: Instant, random: &mut impl Rng) -> Uuid {
    let mut bytes = [0_u8; 10];
    random.fill_bytes(&mut bytes);
    uuid::Builder::from_unix_timestamp_millis(u64::try_from(at.timestamp_millis()).unwrap_or(0), &bytes)
        .into_uuid()
}

impl World {
    /// Makes up a world with about `subscribers` subscribers in all.
    pub fn new(seed: u64, subscribers: u64, now: Instant) -> World {
        let count = 2 + usize::try_from(subscribers / 50_000).unwrap_or(0).min(60);
        let weights: Vec<f64> = (1..=count).map(|rank| 1.0 / (rank as f64).powf(1.1)).collect();
        let total: f64 = weights.iter().sum();
        let accounts = weights
            .iter()
            .enumerate()
            .map(|(index, weight)| {
                account(
                    seed,
                    index,
                    ((subscribers as f64) * weight / total).round() as u64,
                    now,
                )
            })
            .collect();
        World { seed, now, accounts }
    }

    /// How many subscribers there are in all.
    pub fn subscribers(&self) -> u64 {
        self.accounts.iter().map(|account| account.subscribers).sum()
    }
}

fn account(seed: u64, index: usize, subscribers: u64, now: Instant) -> Account {
    let mut random = generator(seed, index, u64::MAX);
    let created_at = now - TimeDelta::days(1100 + random.random_range(0..400));
    let name = match index {
        0 => "Acme".to_owned(),
        1 => "Globex".to_owned(),
        other => format!("Customer {other}"),
    };
    let domain = format!("{}.example", name.to_lowercase().replace(' ', "-"));
    // A small account has two lists, so that row scopes have something to hide.
    let geometric = Geometric::new(1.0 / 6.0).expect("a sixth is a probability");
    let lists = 2 + usize::try_from(geometric.sample(&mut random))
        .unwrap_or(0)
        .min(198);
    let lists = lists.min(2 + usize::try_from(subscribers / 200).unwrap_or(0));
    Account {
        index,
        id: id_at(created_at, &mut random),
        name,
        domain,
        created_at,
        subscribers,
        server: id_at(created_at, &mut random),
        setup: setup(seed, index, created_at),
        lists: (0..lists)
            .map(|rank| list(rank, created_at, now, &mut random))
            .collect(),
    }
}

fn setup(seed: u64, index: usize, created_at: Instant) -> Setup {
    let mut random = generator(seed, index, u64::MAX - 4);
    let mut id = || id_at(created_at, &mut random);
    Setup {
        campaign_groups: [id(), id()],
        categories: [id(), id()],
        templates: [id(), id(), id()],
        tracking_domain: id(),
        bounce_server: id(),
        feedback_loop_server: id(),
        suppression_list: id(),
    }
}

fn list(rank: usize, created_at: Instant, now: Instant, random: &mut ChaCha8Rng) -> List {
    let base = LIST_NAMES[rank % LIST_NAMES.len()];
    let name = if rank < LIST_NAMES.len() {
        base.to_owned()
    } else {
        format!("{base} {}", rank / LIST_NAMES.len() + 1)
    };
    let id = id_at(created_at + TimeDelta::hours(rank as i64 + 1), random);
    List {
        id,
        weight: 1.0 / (rank as f64 + 1.0),
        segment: id_at(created_at + TimeDelta::hours(rank as i64 + 2), random),
        fields: fields(created_at, random),
        campaigns: (0..CAMPAIGNS_A_YEAR)
            .map(|number| campaign(rank, number, now, random))
            .collect(),
        name,
    }
}

/// Three and some more; two lists in a hundred have 40 to 70, most of them empty.
fn fields(created_at: Instant, random: &mut ChaCha8Rng) -> Vec<Field> {
    let more = Poisson::new(3.0).expect("three is a mean").sample(random) as usize;
    let wide = random.random_bool(0.02).then(|| random.random_range(40..=70));
    let wanted = wide.unwrap_or((3 + more).min(FIELDS.len()));
    let mut fields: Vec<Field> = FIELDS
        .iter()
        .take(wanted)
        .map(|entry| Field {
            id: id_at(created_at, random),
            tag: entry.0.to_owned(),
            label: entry.1.to_owned(),
            kind: entry.2,
            class: entry.3,
            fill: fill(random),
        })
        .collect();
    for number in FIELDS.len()..wanted {
        fields.push(Field {
            id: id_at(created_at, random),
            tag: format!("EXTRA_{number}"),
            label: format!("Extra {number}"),
            kind: "text",
            class: Some("preference"),
            fill: Beta::new(1.0, 15.0)
                .expect("both parameters are positive")
                .sample(random),
        });
    }
    fields
}

/// The fill rates have two peaks: filled by nearly all, or by nearly nobody.
fn fill(random: &mut ChaCha8Rng) -> f64 {
    let (a, b) = match random.random_range(0..100) {
        0..35 => (20.0, 1.0),
        35..55 => (2.0, 2.0),
        _ => (1.0, 15.0),
    };
    Beta::new(a, b)
        .expect("both parameters are positive")
        .sample(random)
}

fn campaign(list: usize, number: u32, now: Instant, random: &mut ChaCha8Rng) -> Campaign {
    let back = u64::from(CAMPAIGNS_A_YEAR - number) * 365 / u64::from(CAMPAIGNS_A_YEAR);
    let mut day = now
        .date_naive()
        .checked_sub_days(Days::new(back))
        .unwrap_or(now.date_naive());
    while !matches!(day.weekday(), Weekday::Tue | Weekday::Wed | Weekday::Thu) {
        day = day.pred_opt().unwrap_or(day);
    }
    let minutes = random.random_range(9 * 60..11 * 60);
    let time = NaiveTime::from_num_seconds_from_midnight_opt(minutes * 60, 0).unwrap_or(NaiveTime::MIN);
    let sent_at = day.and_time(time).and_utc();
    let subject = SUBJECTS[(number as usize + list * 3) % SUBJECTS.len()];
    let links = (0..random.random_range(5..=12))
        .map(|link| {
            (
                id_at(sent_at, random),
                format!("https://shop.example/{list}/{number}/{link}"),
            )
        })
        .collect();
    Campaign {
        id: id_at(sent_at, random),
        subject: format!("{subject} #{}", number + 1),
        sent_at,
        links,
    }
}
