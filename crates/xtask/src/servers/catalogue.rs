//! The real servers. What each is made of stands in `crates/xtask/servers/NAME`: the app, the client, the versions, and the
//! settings of `bff` that its users need.

/// A server of some framework, and a client for it.
pub(super) struct RealServer {
    pub(super) name: &'static str,
    pub(super) packages: Packages,
    /// Files besides the lock of versions.
    pub(super) files: &'static [(&'static str, &'static str)],
    /// The settings of `bff`, as lines of a `.env` file.
    pub(super) settings: &'static str,
    /// Program and arguments; `PORT` among them stands for the port.
    pub(super) server: &'static [&'static str],
    /// The same of the client, which gets the address of `bff` and the port of its upstream behind them.
    pub(super) client: &'static [&'static str],
    /// The same of what prints the versions, and fails where something is missing.
    pub(super) versions: &'static [&'static str],
    /// The path of one item.
    pub(super) item: &'static str,
}

/// Where the packages come from.
pub(super) enum Packages {
    /// From PyPI, by `requirements.txt`.
    Pip(&'static str),
    /// From npm, by `package.json` and its lock.
    Npm(&'static str, &'static str),
    /// From Debian's archive, in the versions that it has.
    Debian(&'static [&'static str]),
}

/// A file of a server's folder, under its own name.
macro_rules! file {
    ($server:literal, $name:literal) => {
        ($name, include_str!(concat!("../../servers/", $server, "/", $name)))
    };
}

const SCENARIOS: (&str, &str) = ("scenarios.py", include_str!("../../servers/scenarios.py"));

/// All of them, in the order of the table.
pub(super) const REAL_SERVERS: [RealServer; 5] = [
    RealServer {
        name: "fastapi",
        packages: Packages::Pip(include_str!("../../servers/fastapi/requirements.txt")),
        files: &[file!("fastapi", "app.py"), file!("fastapi", "client.py"), SCENARIOS],
        settings: include_str!("../../servers/fastapi/bff.env"),
        server: &["venv/bin/uvicorn", "app:app", "--port", "PORT"],
        client: &["venv/bin/python", "client.py"],
        versions: &["venv/bin/python", "-m", "pip", "freeze"],
        item: "/items/1",
    },
    RealServer {
        name: "django",
        packages: Packages::Pip(include_str!("../../servers/django/requirements.txt")),
        files: &[file!("django", "app.py"), file!("django", "client.py"), SCENARIOS],
        settings: include_str!("../../servers/django/bff.env"),
        // A worker without threads is killed in the middle of a stream of thirty seconds.
        server: &["venv/bin/gunicorn", "app:application", "--bind", "127.0.0.1:PORT", "--threads", "8"],
        client: &["venv/bin/python", "client.py"],
        versions: &["venv/bin/python", "-m", "pip", "freeze"],
        item: "/items/1/",
    },
    RealServer {
        name: "express",
        packages: Packages::Npm(
            include_str!("../../servers/express/package.json"),
            include_str!("../../servers/express/package-lock.json"),
        ),
        files: &[file!("express", "app.mjs"), file!("express", "client.mjs")],
        settings: include_str!("../../servers/express/bff.env"),
        server: &["node", "app.mjs", "PORT"],
        client: &["node", "client.mjs"],
        versions: &[
            "node",
            "-p",
            "['express', 'axios'].map((name) => name + '==' + require(name + '/package.json').version).join('\\n')",
        ],
        item: "/items/1",
    },
    RealServer {
        name: "rails",
        packages: Packages::Debian(&["ruby-rails", "puma", "ruby-faraday", "ruby-jwt"]),
        files: &[file!("rails", "config.ru"), file!("rails", "client.rb")],
        settings: include_str!("../../servers/rails/bff.env"),
        server: &["puma", "config.ru", "--environment", "production", "--bind", "tcp://127.0.0.1:PORT"],
        client: &["ruby", "client.rb"],
        versions: &[
            "ruby",
            "-e",
            "%w[rails puma faraday jwt].each { |name| puts \"#{name}==#{Gem::Specification.find_by_name(name).version}\" }",
        ],
        item: "/items/1",
    },
    RealServer {
        name: "symfony",
        packages: Packages::Debian(&[
            "php-cli",
            "php-fpm",
            "php-symfony-framework-bundle",
            "php-symfony-validator",
            "php-symfony-serializer",
            "php-symfony-yaml",
            "php-guzzlehttp-guzzle",
            "php-xml",
            "php-mbstring",
            "nginx-light",
        ]),
        files: &[file!("symfony", "index.php"), file!("symfony", "client.php"), file!("symfony", "start.sh")],
        settings: include_str!("../../servers/symfony/bff.env"),
        server: &["sh", "start.sh", "PORT"],
        client: &["php", "client.php"],
        versions: &[
            "php",
            "-r",
            "require 'Symfony/Bundle/FrameworkBundle/autoload.php'; require 'GuzzleHttp/autoload.php';\
             echo 'symfony==', Symfony\\Component\\HttpKernel\\Kernel::VERSION, \"\\nphp==\", PHP_VERSION, \
             \"\\nguzzle==\", GuzzleHttp\\ClientInterface::MAJOR_VERSION;",
        ],
        item: "/items/1",
    },
];
