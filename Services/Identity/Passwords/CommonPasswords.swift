/// Words and patterns that lead every published list of leaked passwords, in lower case.
///
/// Bare words only: ``PasswordBlocklist`` also refuses them repeated and with digits and
/// punctuation around them.  An operator's own, longer list is a setting.
enum CommonPasswords {
    /// Whether a lower-case word is listed.
    ///
    /// Searched as it lies in the binary: somebody chooses a password rarely, and a set would take
    /// memory for ever.
    static func contains(_ word: String) -> Bool {
        let word = Array(word.utf8)
        let separators: [UInt8] = [UInt8(ascii: " "), UInt8(ascii: "\n")]
        return Self.words.utf8.split(whereSeparator: separators.contains).contains {
            $0.elementsEqual(word)
        }
    }

    private static let words = """
        000000 0000000000 0987654321 102030 10203040 1111111111 111222 111222333 112233 11223344
        1122334455 121212 12121212 123123 123123123 1231234 123321 12341234 1234321 12344321
        1234512345 123454321 123456123456 123456789123456789 12345qwert 1234qwer 123abc 123qwe
        123qweasd 12qwaszx 131313 147258 147258369 147852 147852369 159357 159753 19841984
        19901990 1q2w3e 1q2w3e4r 1q2w3e4r5t 1qaz2wsx 1qazxsw2 20002000 20202020 20242024 20252025
        20262026 258456 2pac 2wsx3edc 321321 369258147 420420 456123 456789 55555 666666 696969
        741852963 7654321 777777 7777777 789456 789456123 87654321 88888888 987654321 9876543210
        999999999 a12345 a123456 a1b2c3 a1b2c3d4 aa123456 aaaaaaaa aaron abc123 abcabc abcabcabc
        abcabcd abcd abcd1234 abcdef abcdefgh access account accounting acdc admin admin123
        adminadmin administrator administratorpassword adminpassword adrian adriana africa
        airforce ajax aladdin alejandra alejandro alexander alexandr alexandra alexandre alice
        alicia alone always amanda amazing amazon amelia amen america american anastasia andrea
        andreas andrew android angel angela angels anime ansible anthony anybody anything apple
        apples april arduino argentina ariel army arsenal asd123 asdf asdf1234 asdfasdf asdfgh
        asdfghjkl asdfjkl asdfzxcv ashley asshole atlanta attorney audi august austin australia
        autumn avengers averylongpassword awesome azerty azertyuiop babe baby babyboy babygirl
        backdoor backup bacon badger badpassword bailey ballet bambi banana bandit bangkok barbara
        barbie barcelona baseball basketball bastard batman bayern bayernmunich beach bear bears
        beatles beautiful beaver beckham beer beijing believe bella benfica benjamin bentley
        berlin bestfriend bestfriends bestpassword beyonce bible bigboss billion biology birthday
        bitch biteme black blackberry blackhawks blackpink bleach blessed blink182 blizzard blue
        blueberry bluesky bocajuniors bollocks boss boston bradley brandon brasil brazil brian
        britney broncos brother brown brownie buddy budweiser bugatti bulldog bulldogs bulls
        bullshit bunny burger business butter butterfly calculus california camaro cameron canada
        candy canucks cappuccino captain captain1 caramel carlos carolina carpenter cash catdog
        cats celtic celtics champagne champion champions change changeit changeme changeme123
        changemenow changethis changethispassword charizard charlie charlotte cheese cheesecake
        chelsea chemistry cherry chevrolet chevy chewbacca chicago chicago1 chicagobulls chicken
        chihuahua chile china chinese chloe chocolate christ christian christmas christopher
        cinderella cisco claudia client cobra coconut coffee college colombia company
        complexpassword computer contrasena contraseña cookie cookies corinthians corona corporate
        correcthorse correcthorsebatterystaple corvette counterstrike cowboys crazy creative
        cricket cristina crystal cupcake customer cute cutie cycling daddy daisy dallas dance
        dancer dancing daniel danielle darling database david deadpool debian december default
        defaultpassword delhi demo denis denise dennis desktop destiny detroit deutschland
        developer diablo diamond diamonds diana diego dmitry docker doctor dodgers doggie dogs
        dollar dollars dolphin dolphins dominic donald donaldduck donotenter dontknow donttouch
        dortmund dota dragon dragon1 dragonball dragonballz drake dream dreamer dreams driver
        drums ducati duke dumbo eagle eagles easter easypassword eduardo edward egypt ekaterina
        electrician elephant elizabeth elsa emerald eminem employee engineer england english enter
        espana espresso everton everyone everything example facebook faith falcon falcons fall
        family fantastic fantasy farmer father february federer fernanda fernando ferrari finance
        fireball firefighter firefly fireman fish fishes fishing flamengo flamingo florida flower
        flowers football ford forest forever foreverlove forgetit forgotpassword forgotten
        formula1 fortnite fortytwo fourtytwo foxes foxy france francisco freedom french friday
        friend friends frodo frog froggy frontdoor frozen fuck fuckme fuckoff fuckyou funny
        gabriel gabriela gamer gaming gandalf gangster garden garfield geometry george german
        germany giants ginger giraffe github gitlab gmail godisgood goku gold golden goldfish golf
        golfer goodbye goodmorning goodnight goodpassword goofy google gorilla grandma grandpa
        greece green greenday greenday1 guest guest123 guinness guitar hacker hackers halloween
        hamburger hamster hannah happiness happy harley harleydavidson harrypotter haslo hawaii
        hawk heat heather heaven heineken hello hello123 hellohello hellokitty helloworld
        helloworldhello helpdesk hermione hero heroes heythere hiphop history hobbit hockey
        hogwarts holiday honda honey honeybee hongkong hope horse horsebatterystaple horses
        hospital hotmail hotstuff hottie houston hugs hulk hunter hunting hurricane husky icecream
        idontcare idontcareanymore idontknow iforgot igor ihatethis ihateyou ilovegod iloveme
        ilovemycat ilovemydog ilovemyfamily ilovemymom ilovemyself iloveu iloveyou iloveyou1
        iloveyoubaby iloveyoudad iloveyouforever iloveyoumom iloveyousomuch incorrect india
        indonesia instagram internazionale internet iphone ireland ironmaiden ironman isabella
        isabelle island israel italia italian italy ivan jackdaniels jackson jaguar james january
        japan japanese jasmine jasmine1 jasper jedi jenkins jennifer jessica jesus jesuschrist
        jewel jonathan jordan joseph joshua julia julian juliana july june justice justin
        justinbieber juventus kangaroo karen katherine kathleen katyperry kawasaki keepout kevin
        keyboard killer killme kimberly king kings kisses kissme kitten kitty kittycat knicks
        koala kobe korea kubernetes labrador ladybug ladygaga lakers lamborghini laptop lasvegas
        laugh laura lauren lawyer leagueoflegends lebron ledzeppelin legend legends lemon lemonade
        leonardo letmein letmein1 letmein123 letmeinplease liberty library lightning lilies lily
        linkedin linkinpark linux lion lions liverpool lizard lkjhgf lkjhgfdsa login london
        longpassword loremipsum loremipsumdolor losangeles louise love lovelove lovely loveme
        lover loveyou lucas lucky lucy luigi macbook madonna madrid mafia maggie magic magical
        maksim malaysia mamma manager manchester manchesterunited mancity manga mango mapleleafs
        maradona march maria marina marine marines mario marketing martha martin martina marvel
        master mathematics matrix matthew maxim maytheforce maytheforcebewithyou mazda mechanic
        medical melbourne melissa memory mercedes mercedesbenz merlin messi metallica mexico miami
        michael michaeljordan michelle mickey mickeymouse microsoft midnight mikhail milan milano
        million millionaire minecraft minnie miracle mnbvcxz mnbvcxzasdfghjkl molly mommy monday
        money monica monika monkey monkey1 monkeys montreal moonlight moscow motdepasse mother
        mountain mountains mouse mumbai music musica mustang mybaby mylife mylove mypassword
        mypasswordis mypasswordis123 mysecretpassword myself myspace mysql mystery nadal nala
        naruto nascar natalia natalie natasha nathalie nathan navy nemo netflix network nevermind
        newcastle newpass newpassword newyear newyork newyorkcity newzealand neymar nicholas
        nicole nightmare nikita ninja nintendo nirvana nissan nobody nokia nopassword notapassword
        nothing nothinghere nothingtosee notmypassword november nurse ocean october office officer
        okay oldpassword oliver olivia onedirection onepiece open opendoor opensesame openup
        operator oracle oracle123 orange orchid oscar outlook overwatch p@ssw0rd p@ssword pa55w0rd
        pa55word pablo packers pakistan palmeiras pamela pancake panda pandas papa paradise paris
        parola parrot party pass123 pass1234 passcode passpass passphrase passw0rd passwd password
        password1 password12 password123 passwordis passwordispassword passwordpassword passwort
        pasta patricia patrick patriots paul paulina paypal peace peaches peanut peanutbutter
        pearl pedro pele penguin penguins penguins1 pepper peppers perfect peru peter philadelphia
        philip philippines phillip phoenix phoenix1 phoenixes physics piano pikachu pilot
        pineapple pineapples pink pinkfloyd pirate pizza playboy player playgirl playstation
        pleasechange pleasechangeme pleaseletmein plumber pluto poiuyt poiuytrewq pokemon poland
        police polska pony poodle pornstar porsche porto portugal postgres postgresql potter
        pretty prince princess private professor programmer public puppies puppy purple pussy
        pussycat python q1w2e3r4 q1w2e3r4t5 qazwsx qazwsxedc queen queens quickbrownfox qwe123
        qweasd qweasdzxc qwer1234 qwerasdf qwerty qwerty1 qwerty12 qwerty123 qwerty1234
        qwerty12345 qwerty123456 qwertyuiop qwertz qwertzuiop rabbit rachel racing raiders rainbow
        ranger rangers raspberry realmadrid rebecca redis redred redsox redwings remember resetme
        resetpassword retriever ricardo rich richard rihanna river riverplate robert roberto
        roblox rockandroll rockets rocknroll rockstar rocky rodrigo rollingstones rome ronaldo
        rooney root root123 rootpassword rose roses rottweiler royal ruby rugby running russia
        russian sadie sailor sakura salasana sales samantha sample samsung samsung1 samuel samurai
        sandiego sandra sandwich sanfrancisco santiago santos sapphire sarah sasuke saturday
        schalke school science scooby scoobydoo scorpion scotland season seattle sebastian secret
        secure securepassword security security1 senha seoul september sergei sergey server
        service services sexsex sexy shadow shakira shanghai shaquille shark sharks sheriff
        shithead signin silver simba simplepassword singapore singer sister skater skype skywalker
        slipknot smile smiley smokey snake snapchat snoopdogg snoopy snowball snowflake snowman
        soccer soldier someone something sonic sophie spaghetti spain spanish special spider
        spiderman spotify spring springtime spurs squirrel starcraft starlight startrek starwars
        stayaway steelers stephanie stephen steven storm stormy strawberry strongpassword student
        subaru success suckit sugar summer summertime sunday sunflower sunlight sunrise sunset
        sunshine superadmin superman supersecret supersecretpassword superstar superuser support
        surfing suzuki svetlana sweet sweetheart sweetie sweety swimming sydney sysadmin system
        systems tatiana taylorswift teacher techno telegram temp temporary temppass tennis tequila
        teresa test test123 tester testing testtest texas thailand thanksgiving theanswer
        thebeatles thepassword thequickbrownfox thequickbrownfoxjumps thisisapassword
        thisisasecret thisismypassword thisispassword thomas thunder thursday tiffany tiger tigers
        tigger tiktok timothy tobeornottobe toby together tokyo toor topsecret tornado toronto
        tottenham toyota travis treasure trucker trumpet trustme trustno trustno1 trustnoone
        tuesday tulip tupac turkey turkey1 turtle twitter tyler tyson ubuntu ukraine unicorn
        university user user123 username vacation vagrant vancouver vanessa vanilla vegas vegeta
        verysecret verysecretpassword victoria victory vietnam vincent violet violin vladimir
        vodka voldemort volkswagen wachtwoord waffles walter warcraft warrior warriors wasd
        watermelon wednesday weekend welcome welcome1 welcome123 welcomeback welcometo westham
        whale whatever whatsapp whatsup whatthefuck whatthehell whiskey white william windows
        windows10 windows11 winner winners winter winter1 wintertime wizard wolf wolfgang wolfpack
        wolverine wolves worldofwarcraft worstpassword xbox xsw21qaz yahoo yamaha yankees yeah
        yellow yoda yourpassword youtube yvonne zachary zaq12wsx zaq1xsw2 zaq1zaq1 zebra zelda
        zidane zxc123 zxcvbn zxcvbnm
        """
}
